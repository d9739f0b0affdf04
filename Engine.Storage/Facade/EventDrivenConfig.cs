using Engine.Storage.Stores;

namespace Engine.Storage.Facade;

/// <summary>The configuration of an <see cref="EventDrivenArchitecture"/>. Set it before it is used; it is copied by nobody.</summary>
public sealed class EventDrivenConfig
{
    /// <summary>The name of the section.</summary>
    public const string SectionName = "EventDriven";

    /// <summary>The bus.</summary>
    public EventDrivenBusConfig Bus { get; set; } = new();

    /// <summary>The store.</summary>
    public EventDrivenStoreConfig Store { get; set; } = new();

    /// <summary>The outbox.</summary>
    public EventDrivenOutboxConfig Outbox { get; set; } = new();

    /// <summary>Dead letters.</summary>
    public EventDrivenDeadLettersConfig DeadLetters { get; set; } = new();

    /// <summary>Handled events.</summary>
    public EventDrivenIdempotencyConfig Idempotency { get; set; } = new();

    /// <summary>Processors.</summary>
    public EventDrivenProcessorsConfig Processors { get; set; } = new();

    /// <summary>Publishers.</summary>
    public EventDrivenPublishersConfig Publishers { get; set; } = new();

    /// <summary>Snapshots.</summary>
    public EventDrivenSnapshotsConfig Snapshots { get; set; } = new();
}

/// <summary>The bus part of the configuration.</summary>
public sealed class EventDrivenBusConfig
{
    /// <summary>Names that are known from the beginning.</summary>
    public IReadOnlyList<string> EventTypes { get; set; } = [];

    /// <summary>Events that may wait for each subscriber; the oldest are lost, and counted, where there are more.</summary>
    public int ChannelCapacity { get; set; } = 4096;

    /// <summary>Messages that a consumer of the bus may have ahead, as the bus's own option of that name.</summary>
    public int OutputBuffer { get; set; } = 64;

    /// <summary>Whether only names may be published that are known from the beginning or have a codec.</summary>
    public bool Strict { get; set; }
}

/// <summary>Which database a store is in.</summary>
public enum StoreProvider
{
    /// <summary>A file of SQLite.</summary>
    Sqlite,

    /// <summary>PostgreSQL.</summary>
    PostgreSql,
}

/// <summary>The store part of the configuration.</summary>
public sealed class EventDrivenStoreConfig
{
    /// <summary>Which database.</summary>
    public StoreProvider Provider { get; set; } = StoreProvider.Sqlite;

    /// <summary>What opens it: as Npgsql takes it, or the path of a file, which may stand behind <c>Data Source=</c>.</summary>
    public string? Connection { get; set; } = "Data Source=events.db";

    /// <summary>Connections for reading at most.</summary>
    public int MaxConnections { get; set; } = 8;

    /// <summary>How long a reader waits for a connection.</summary>
    public TimeSpan AcquireTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the writing thread waits for others to share a commit.</summary>
    public TimeSpan GroupCommitDelay { get; set; }

    /// <summary>How far a time stamp may be ahead of the store's clock.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of data of an event at most.</summary>
    public long MaxEventBytes { get; set; } = 1 << 20;

    /// <summary>Events in the cache at most.</summary>
    public int CacheMaxEvents { get; set; } = 10_000;

    /// <summary>Bytes of the cache at most.</summary>
    public long CacheMaxBytes { get; set; } = 64L << 20;

    /// <summary>How long events are kept; <see cref="TimeSpan.MaxValue"/> for no end.</summary>
    public TimeSpan RetentionMaxAge { get; set; } = TimeSpan.MaxValue;

    /// <summary>Bytes of data that are kept; <see cref="long.MaxValue"/> for no end.</summary>
    public long RetentionMaxBytes { get; set; } = long.MaxValue;

    /// <summary>Events that are kept; <see cref="long.MaxValue"/> for no end.</summary>
    public long RetentionMaxEvents { get; set; } = long.MaxValue;

    /// <summary>How long events of some types are kept; the first entry that matches a type counts.</summary>
    public IReadOnlyList<TypeRetention> RetentionByType { get; set; } = [];
}

/// <summary>The outbox part of the configuration.</summary>
public sealed class EventDrivenOutboxConfig
{
    /// <summary>Rows that a dispatcher takes at a time.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>How often rows of other processes are looked for.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a dispatcher has its rows for itself.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts from which on a row is given up.</summary>
    public int MaxAttempts { get; set; } = 10;

    /// <summary>The delay after the first failure; doubled with each further one.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long rows are kept after they were published.</summary>
    public TimeSpan KeepProcessed { get; set; } = TimeSpan.FromDays(7);
}

/// <summary>The dead letters part of the configuration.</summary>
public sealed class EventDrivenDeadLettersConfig
{
    /// <summary>Failures from which on a letter is exhausted.</summary>
    public int MaxRetries { get; set; } = 5;

    /// <summary>Letters that are tried at a time.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>How often letters are tried again by themselves; zero for never.</summary>
    public TimeSpan Interval { get; set; }

    /// <summary>How long letters are kept.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Letters that are kept.</summary>
    public long MaxCount { get; set; } = 100_000;
}

/// <summary>The part of the configuration that is about handled events.</summary>
public sealed class EventDrivenIdempotencyConfig
{
    /// <summary>How long a handled event is remembered.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Handled events that are remembered.</summary>
    public long MaxKeys { get; set; } = 1_000_000;

    /// <summary>How long a claim holds.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>The processors part of the configuration.</summary>
public sealed class EventDrivenProcessorsConfig
{
    /// <summary>Names that are known from the beginning.</summary>
    public IReadOnlyList<string> EventTypes { get; set; } = [];

    /// <summary>How long a processor may work on an event.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Processors that work at the same time; 0 for the number of processors of the machine.</summary>
    public int PoolParallelism { get; set; }

    /// <summary>Events that wait for a place.</summary>
    public int PoolQueue { get; set; } = 1024;

    /// <summary>Whether each call begins on a thread of its own.</summary>
    public bool PoolDedicatedThreads { get; set; }
}

/// <summary>The publishers part of the configuration.</summary>
public sealed class EventDrivenPublishersConfig
{
    /// <summary>Names that are known from the beginning.</summary>
    public IReadOnlyList<string> EventTypes { get; set; } = [];

    /// <summary>How long publishing an event may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Failures within 30 s, if they are at least half of the calls, after which a publisher is left alone for a while.</summary>
    public int BreakerFailures { get; set; } = 5;

    /// <summary>How long.</summary>
    public TimeSpan BreakerDuration { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>The snapshots part of the configuration.</summary>
public sealed class EventDrivenSnapshotsConfig
{
    /// <summary>Events behind a snapshot from which on there is a new one.</summary>
    public int Every { get; set; } = 100;

    /// <summary>Snapshots of a stream that are kept.</summary>
    public int Keep { get; set; } = 3;
}
