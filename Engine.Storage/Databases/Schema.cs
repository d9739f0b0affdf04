using System.Globalization;

namespace Engine.Storage.Databases;

/// <summary>The tables, and the steps from each version of them to the next.</summary>
internal static class Schema
{
    // The step at index n leads from version n to the next.
    private static readonly Func<SqlDialect, string[]>[] s_steps =
    [
        static dialect => [.. Events(dialect), .. Outbox(dialect), .. DeadLetters(dialect), .. Others(dialect)],
        Streams,
        AgesAndClaims,
        Leases,
    ];

    private static int Newest => s_steps.Length;

    /// <summary>Makes or renews the tables, within one transaction.</summary>
    /// <returns>The version they have now.</returns>
    public static int Migrate(SqlSession session)
    {
        SqlDialect dialect = session.Connection is Npgsql.NpgsqlConnection ? SqlDialect.PostgreSql : SqlDialect.Sqlite;
        dialect.LockClaims(session);
        session.Execute("CREATE TABLE IF NOT EXISTS schema_info(version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)");
        long version = session.Number("SELECT MAX(version) FROM schema_info") ?? 0;
        if (version > Newest)
        {
            throw new StorageException("opening the database", string.Create(
                CultureInfo.InvariantCulture,
                $"its tables have version {version}, and this build knows versions up to {Newest}. Use the newer build."));
        }

        for (; version < Newest; version++)
        {
            foreach (string statement in s_steps[version](dialect))
                session.Execute(statement);
            session.Execute(
                "INSERT INTO schema_info(version, applied_at) VALUES(@version, @now)",
                ("version", version + 1), ("now", DateTimeOffset.UtcNow));
        }

        return Newest;
    }

    private static string[] Events(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE events(sequence {dialect.Sequence}, id {dialect.Guid} NOT NULL UNIQUE, event_type TEXT NOT NULL,
            version BIGINT NOT NULL, data {dialect.Blob} NOT NULL, content_type TEXT NOT NULL DEFAULT 'application/json',
            timestamp BIGINT NOT NULL, recorded_at BIGINT NOT NULL, source TEXT NOT NULL, key TEXT, stream TEXT, stream_version BIGINT,
            correlation_id {dialect.Guid} NOT NULL, causation_id {dialect.Guid} NOT NULL, metadata TEXT, checksum BIGINT NOT NULL,
            erased_at BIGINT, erased_by TEXT, erased_reason TEXT)
        """,
        "CREATE UNIQUE INDEX idx_stream ON events(stream, stream_version) WHERE stream IS NOT NULL",
        "CREATE INDEX idx_event_type ON events(event_type, sequence)",
        "CREATE INDEX idx_timestamp ON events(recorded_at)",
        "CREATE INDEX idx_type_time ON events(event_type, recorded_at)",
        "CREATE INDEX idx_key ON events(key, sequence) WHERE key IS NOT NULL",
        "CREATE TABLE event_types(event_type TEXT PRIMARY KEY, count BIGINT NOT NULL)",
        """
        CREATE TABLE store_state(id BIGINT PRIMARY KEY, epoch TEXT NOT NULL, first_sequence BIGINT NOT NULL,
            last_sequence BIGINT NOT NULL, last_recorded_at BIGINT NOT NULL, data_bytes BIGINT NOT NULL, trimmed_at BIGINT)
        """,
        $"INSERT INTO store_state VALUES(1, '{Guid.NewGuid():N}', 1, 0, 0, 0, NULL)",
    ];

    private static string[] Outbox(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE outbox(id {dialect.Identity}, event_id {dialect.Guid} NOT NULL UNIQUE, topic TEXT NOT NULL, version BIGINT NOT NULL,
            payload {dialect.Blob} NOT NULL, content_type TEXT NOT NULL, key TEXT, status TEXT NOT NULL DEFAULT 'pending',
            retry_count BIGINT NOT NULL DEFAULT 0, error_msg TEXT, next_attempt_at BIGINT NOT NULL, lease_owner TEXT, lease_until BIGINT,
            correlation_id {dialect.Guid} NOT NULL, causation_id {dialect.Guid} NOT NULL, source TEXT NOT NULL, timestamp BIGINT NOT NULL,
            metadata TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, processed_at BIGINT)
        """,
        "CREATE INDEX idx_outbox_due ON outbox(id) WHERE status IN ('pending', 'processing', 'failed')",
        "CREATE INDEX idx_outbox_key ON outbox(key, id) WHERE status IN ('pending', 'processing', 'failed', 'blocked')",
        "CREATE INDEX idx_outbox_done ON outbox(processed_at) WHERE status = 'processed'",
        "CREATE INDEX idx_outbox_topic ON outbox(topic)",
    ];

    private static string[] DeadLetters(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE dead_letters(id {dialect.Identity}, event_id {dialect.Guid} NOT NULL, sequence BIGINT NOT NULL, topic TEXT NOT NULL,
            version BIGINT NOT NULL, payload {dialect.Blob} NOT NULL, content_type TEXT NOT NULL, subscription TEXT NOT NULL,
            failures BIGINT NOT NULL, replay_count BIGINT NOT NULL DEFAULT 0, first_failed_at BIGINT NOT NULL,
            last_failed_at BIGINT NOT NULL, error_type TEXT, error_msg TEXT NOT NULL, stack TEXT, fingerprint TEXT NOT NULL,
            correlation_id {dialect.Guid} NOT NULL, causation_id {dialect.Guid} NOT NULL, source TEXT NOT NULL, key TEXT,
            timestamp BIGINT NOT NULL, metadata TEXT, status TEXT NOT NULL DEFAULT 'waiting', note TEXT, next_attempt_at BIGINT NOT NULL,
            lease_owner TEXT, lease_until BIGINT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
            UNIQUE(event_id, subscription))
        """,
        "CREATE INDEX idx_dead_status ON dead_letters(status, created_at)",
        "CREATE INDEX idx_dead_topic ON dead_letters(topic, created_at)",
        "CREATE INDEX idx_dead_fingerprint ON dead_letters(fingerprint)",
    ];

    private static string[] Others(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE processed_events(subscription TEXT NOT NULL, event_id {dialect.Guid} NOT NULL, state TEXT NOT NULL,
            token BIGINT NOT NULL, expires_at BIGINT NOT NULL, processed_at BIGINT, PRIMARY KEY(subscription, event_id))
        """,
        "CREATE INDEX idx_processed_at ON processed_events(processed_at)",
        """
        CREATE TABLE checkpoints(subscription TEXT PRIMARY KEY, sequence BIGINT NOT NULL, epoch TEXT NOT NULL, lease_owner TEXT,
            lease_until BIGINT, updated_at BIGINT NOT NULL)
        """,
    ];

    // Before this version no event could belong to a stream, so there is nothing to fill in.
    private static string[] Streams(SqlDialect dialect) =>
    [
        $"""
        CREATE TABLE streams(stream {dialect.OrderedText} PRIMARY KEY, version BIGINT NOT NULL, erasures BIGINT NOT NULL DEFAULT 0,
            deleted_at BIGINT, deleted_by TEXT, deleted_reason TEXT)
        """,
        $"""
        CREATE TABLE snapshots(stream {dialect.OrderedText} NOT NULL, version BIGINT NOT NULL, schema_version BIGINT NOT NULL,
            data {dialect.Blob} NOT NULL, checksum BIGINT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY(stream, version))
        """,
        "CREATE TABLE projections(name TEXT PRIMARY KEY, generation BIGINT NOT NULL, switched_at BIGINT NOT NULL)",
    ];

    private static string[] AgesAndClaims(SqlDialect dialect) =>
    [
        // Up to which recorded time events of a type have been erased because of their age.
        "ALTER TABLE event_types ADD COLUMN kept_since BIGINT NOT NULL DEFAULT 0",
        // Up to which place events have been handed out, where several consumers share a subscription.
        "ALTER TABLE checkpoints ADD COLUMN taken BIGINT NOT NULL DEFAULT 0",
        """
        CREATE TABLE subscription_claims(subscription TEXT NOT NULL, first_sequence BIGINT NOT NULL, last_sequence BIGINT NOT NULL,
            lease_owner TEXT NOT NULL, lease_until BIGINT NOT NULL, PRIMARY KEY(subscription, last_sequence))
        """,
    ];

    // What is leased, and what holds up others, is little beside what waits or was kept.
    private static string[] Leases(SqlDialect dialect) =>
    [
        "CREATE INDEX idx_outbox_lease ON outbox(lease_until) WHERE lease_owner IS NOT NULL",
        "CREATE INDEX idx_outbox_later ON outbox(next_attempt_at) WHERE status IN ('pending', 'processing', 'failed')",
        "CREATE INDEX idx_outbox_blocked ON outbox(key, id) WHERE status = 'blocked'",
        "CREATE INDEX idx_dead_lease ON dead_letters(lease_until) WHERE lease_owner IS NOT NULL",
    ];
}
