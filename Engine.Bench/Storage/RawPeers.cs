using FASTER.core;
using Microsoft.Data.Sqlite;
using RocksDbSharp;

namespace Engine.Bench.Storage;

/// <summary>
/// The same frames kept by others, durably when the call returns: SQLite and RocksDB commit a megabyte at a time and wait for it, FasterLog
/// commits on a task of its own meanwhile, as its documentation advises for throughput.
/// </summary>
internal static class RawPeers
{
    public const int FrameBytes = 64 * 1024;

    private const int FramesPerCommit = 16;
    private static readonly TimeSpan CommitInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Into FasterLog, with a commit under way all the time.</summary>
    public static void WriteFasterLog(string folder, byte[] frame, int count)
    {
        using IDevice device = Devices.CreateLogDevice(Path.Combine(folder, "log"), deleteOnClose: true);
        using var log = new FasterLog(new FasterLogSettings { LogDevice = device, PageSizeBits = 22, MemorySizeBits = 26 });
        using var stop = new CancellationTokenSource();
        Task committing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(CommitInterval).ConfigureAwait(false);
                await log.CommitAsync().ConfigureAwait(false);
            }
        });
        for (int i = 0; i < count; i++)
            log.Enqueue(frame);
        log.Commit(spinWait: true);
        stop.Cancel();
        committing.GetAwaiter().GetResult();
    }

    /// <summary>Into a table of SQLite, with a write-ahead log and <c>synchronous=FULL</c>.</summary>
    public static void WriteSqlite(string folder, byte[] frame, int count)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "frames.db")};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE frames(id INTEGER PRIMARY KEY, data BLOB)");
        using SqliteCommand insert = connection.CreateCommand();
        insert.CommandText = "INSERT INTO frames(data) VALUES(@data)";
        insert.Parameters.AddWithValue("@data", frame);
        for (int i = 0; i < count; i += FramesPerCommit)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            for (int k = i; k < Math.Min(count, i + FramesPerCommit); k++)
                insert.ExecuteNonQuery();
            transaction.Commit();
        }
    }

    /// <summary>Into RocksDB, with its log synchronized.</summary>
    public static void WriteRocksDb(string folder, byte[] frame, int count)
    {
        using RocksDb database = RocksDb.Open(new DbOptions().SetCreateIfMissing(), Path.Combine(folder, "rocks"));
        var options = new WriteOptions().SetSync(true);
        byte[] key = new byte[sizeof(long)];
        for (int i = 0; i < count; i += FramesPerCommit)
        {
            using var batch = new WriteBatch();
            for (int k = i; k < Math.Min(count, i + FramesPerCommit); k++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(key, k);
                batch.Put(key, frame);
            }

            database.Write(batch, options);
        }
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
