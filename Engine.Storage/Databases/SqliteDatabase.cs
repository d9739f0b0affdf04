using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Engine.Storage.Databases;

/// <summary>A file of SQLite: write-ahead log, synchronized at each commit, erased bytes overwritten.</summary>
internal sealed class SqliteDatabase : StorageDatabase
{
    private static readonly TimeSpan CheckpointPatience = TimeSpan.FromMilliseconds(200);

    private readonly string _path;
    private volatile bool _hasErased;

    static SqliteDatabase() => SQLitePCL.Batteries_V2.Init();

    public SqliteDatabase(string path, DatabaseOptions? options)
        : base(options)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
    }

    internal override SqlDialect Dialect => SqlDialect.Sqlite;

    /// <inheritdoc/>
    public override string ToString() => $"SQLite \"{_path}\"";

    internal override void AfterCommit(SqlSession session)
    {
        // What a reader held up is done by the first write behind it, without waiting.
        if (_hasErased && Checkpoint(session, TimeSpan.Zero))
            _hasErased = false;
        var wal = new FileInfo(_path + "-wal");
        if (wal.Exists && wal.Length > Options.MaxWalBytes)
            Checkpoint(session, CheckpointPatience);
    }

    internal override void BeforeClose(SqlSession session) => Checkpoint(session, CheckpointPatience);

    internal override bool TryScrub()
    {
        using SqlSession session = OpenSession(isReader: false);
        bool isDone = Checkpoint(session, CheckpointPatience);
        _hasErased = !isDone;
        return isDone;
    }

    private protected override DbConnection Open(bool isReader)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(Options.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            // The log is emptied by the writing thread only. A page that is freed or a value that is replaced is overwritten.
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"""
                PRAGMA busy_timeout={(long)Options.BusyTimeout.TotalMilliseconds};
                PRAGMA journal_mode=WAL;
                PRAGMA synchronous=FULL;
                PRAGMA secure_delete=ON;
                PRAGMA wal_autocheckpoint=4000;
                PRAGMA journal_size_limit={Options.MaxWalBytes};
                PRAGMA cache_size=-16384;
                PRAGMA query_only={(isReader ? 1 : 0)};
                """);
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Moves the log into the file and empties it. Readers inside an older state stop it.</summary>
    private bool Checkpoint(SqlSession session, TimeSpan patience)
    {
        SetBusyTimeout(session, patience);
        bool isDone = session.Number("PRAGMA wal_checkpoint(TRUNCATE)") == 0;
        SetBusyTimeout(session, Options.BusyTimeout);
        return isDone;
    }

    private static void SetBusyTimeout(SqlSession session, TimeSpan timeout) =>
        session.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={(long)timeout.TotalMilliseconds}"));
}
