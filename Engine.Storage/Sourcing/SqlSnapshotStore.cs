using System.Buffers.Binary;
using System.Data.Common;
using System.Diagnostics;
using System.Text;
using Engine.Storage.Databases;
using Engine.Storage.Frames;
using Engine.Storage.Records;

namespace Engine.Storage.Sourcing;

/// <summary>
/// Snapshots in a database. In the database of the event store they go with the data of an event that is erased. The caller disposes of
/// the database.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SqlSnapshotStore : ISnapshotStore
{
    /// <summary>Snapshots of a stream that are kept unless something else is said.</summary>
    public const int DefaultKeep = 3;

    private const string Columns = "stream, version, schema_version, data, checksum, created_at";

    private readonly int _keep;
    private long _saved;
    private long _loaded;
    private long _damaged;

    /// <summary>Makes a store. Opens nothing yet.</summary>
    /// <param name="database">Where the snapshots are.</param>
    /// <param name="keep">Snapshots of a stream that are kept: 1 to 1,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public SqlSnapshotStore(StorageDatabase database, int keep = DefaultKeep)
    {
        ArgumentNullException.ThrowIfNull(database);
        if (keep is < 1 or > 1000)
            throw new ArgumentOutOfRangeException(nameof(keep), keep, "Snapshots that are kept of a stream must be 1 to 1,000.");
        Database = database;
        _keep = keep;
    }

    /// <summary>Where the snapshots are.</summary>
    public StorageDatabase Database { get; }

    /// <summary>Snapshots kept by this process.</summary>
    public long SavedCount => Interlocked.Read(ref _saved);

    /// <summary>Snapshots read by this process.</summary>
    public long LoadedCount => Interlocked.Read(ref _loaded);

    /// <summary>Snapshots that did not have the checksum they were kept with; an older one was looked for instead.</summary>
    public long DamagedCount => Interlocked.Read(ref _damaged);

    /// <inheritdoc/>
    public async ValueTask<bool> SaveAsync(Snapshot snapshot, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        EventValidation.ThrowIfNoStream(snapshot.Stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(snapshot.Version, 1, nameof(snapshot));
        ArgumentOutOfRangeException.ThrowIfLessThan(snapshot.SchemaVersion, 1, nameof(snapshot));
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        bool isKept = await Database.WriteAsync("keeping a snapshot", session => Save(session, snapshot), cancellationToken)
            .ConfigureAwait(false);
        if (isKept)
            Interlocked.Increment(ref _saved);
        return isKept;
    }

    /// <inheritdoc/>
    public async ValueTask<Snapshot?> LoadAsync(
        string stream, long atMost = long.MaxValue, CancellationToken cancellationToken = default)
    {
        EventValidation.ThrowIfNoStream(stream);
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        List<(Snapshot Snapshot, long Checksum)> rows;
        do
        {
            rows = await Database.QueryAsync(
                "reading a snapshot",
                $"SELECT {Columns} FROM snapshots WHERE stream = @stream AND version <= @version ORDER BY version DESC LIMIT 1",
                Read, [("stream", stream), ("version", atMost)], cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0)
                return null;
            if (ChecksumOf(rows[0].Snapshot) == rows[0].Checksum)
            {
                Interlocked.Increment(ref _loaded);
                return rows[0].Snapshot;
            }

            Interlocked.Increment(ref _damaged);
            atMost = rows[0].Snapshot.Version - 1;
        }
        while (true);
    }

    /// <inheritdoc/>
    public async ValueTask<int> DeleteAsync(string stream, CancellationToken cancellationToken = default)
    {
        EventValidation.ThrowIfNoStream(stream);
        await Database.InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.WriteAsync(
            "removing snapshots", session => session.Execute("DELETE FROM snapshots WHERE stream = @stream", ("stream", stream)),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where they are.</summary>
    public override string ToString() => $"snapshots in {Database}";

    private bool Save(SqlSession session, Snapshot snapshot)
    {
        // An erasure takes its snapshots along; a state that was read before it must not bring the data back.
        bool isStale = session.Number(
            "SELECT COUNT(*) FROM streams WHERE stream = @stream AND erasures <> @erasures",
            ("stream", snapshot.Stream), ("erasures", snapshot.Erasures)) > 0;
        if (isStale)
            return false;
        session.Execute(
            "INSERT INTO snapshots(stream, version, schema_version, data, checksum, created_at) "
            + "VALUES(@stream, @version, @schema, @data, @checksum, @now) ON CONFLICT(stream, version) DO UPDATE SET "
            + "schema_version = excluded.schema_version, data = excluded.data, checksum = excluded.checksum, "
            + "created_at = excluded.created_at",
            ("stream", snapshot.Stream), ("version", snapshot.Version), ("schema", snapshot.SchemaVersion), ("data", snapshot.Data),
            ("checksum", ChecksumOf(snapshot)), ("now", Database.TimeProvider.GetUtcNow()));
        session.Execute(
            "DELETE FROM snapshots WHERE stream = @stream AND version <= (SELECT version FROM snapshots WHERE stream = @stream "
            + "ORDER BY version DESC LIMIT 1 OFFSET @keep)",
            ("stream", snapshot.Stream), ("keep", _keep));
        return true;
    }

    private static (Snapshot Snapshot, long Checksum) Read(DbDataReader row) => (
        new Snapshot(row.GetString(0), row.GetInt64(1), checked((int)row.GetInt64(2)), row.GetFieldValue<byte[]>(3))
        {
            CreatedAt = new DateTimeOffset(row.GetInt64(5), TimeSpan.Zero),
        },
        row.GetInt64(4));

    /// <summary>CRC-32C of all that a snapshot says.</summary>
    private static long ChecksumOf(Snapshot snapshot)
    {
        byte[] head = new byte[12 + Encoding.UTF8.GetByteCount(snapshot.Stream)];
        BinaryPrimitives.WriteInt64LittleEndian(head, snapshot.Version);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), snapshot.SchemaVersion);
        Encoding.UTF8.GetBytes(snapshot.Stream, head.AsSpan(12));
        return Crc32C.Of(head, snapshot.Data.Span);
    }
}
