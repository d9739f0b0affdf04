using System.Data.Common;
using System.Diagnostics;
using Engine.Storage.Records;

namespace Engine.Storage.Databases;

/// <summary>
/// A database that keeps events and what belongs to them: a file of SQLite, or PostgreSQL. Event store, outbox, dead letters,
/// handled events and checkpoints of one database share its transactions and its one writing thread. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public abstract class StorageDatabase : IAsyncDisposable
{
    private readonly Lazy<GroupWriter> _writer;
    private readonly ReaderPool _readers;
    private readonly SemaphoreSlim _initializing = new(1);
    private bool _isInitialized;
    private int _isDisposed;

    private protected StorageDatabase(DatabaseOptions? options)
    {
        Options = options ?? new DatabaseOptions();
        Options.Validate();
        _writer = new Lazy<GroupWriter>(() => new GroupWriter(this));
        _readers = new ReaderPool(this);
    }

    /// <summary>How it is used.</summary>
    public DatabaseOptions Options { get; }

    internal TimeProvider TimeProvider => Options.TimeProvider;

    internal int PendingWrites => _writer.IsValueCreated ? _writer.Value.PendingCount : 0;

    internal int ReadersInUse => _readers.InUse;

    internal int ReadersWaiting => _readers.Waiting;

    internal abstract SqlDialect Dialect { get; }

    /// <summary>A file of SQLite. Opens nothing yet.</summary>
    /// <param name="path">The file; it is made if it is not there.</param>
    /// <param name="options">How it is used.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static StorageDatabase Sqlite(string path, DatabaseOptions? options = null) => new SqliteDatabase(path, options);

    /// <summary>A database of PostgreSQL. Opens nothing yet.</summary>
    /// <param name="connectionString">As Npgsql takes it.</param>
    /// <param name="options">How it is used.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static StorageDatabase PostgreSql(string connectionString, DatabaseOptions? options = null) =>
        new PostgreSqlDatabase(connectionString, options);

    /// <summary>
    /// Opens the database and makes or renews its tables. May be called any number of times, and by several processes at once.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">It cannot be opened, or was made by a newer version.</exception>
    public Task InitializeAsync(CancellationToken cancellationToken = default) =>
        Volatile.Read(ref _isInitialized) ? Task.CompletedTask : InitializeSlowlyAsync(cancellationToken);

    private async Task InitializeSlowlyAsync(CancellationToken cancellationToken)
    {
        await _initializing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isInitialized)
                return;
            await WriteAsync("opening the database", Schema.Migrate, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _isInitialized, true);
        }
        finally
        {
            _initializing.Release();
        }
    }

    /// <summary>
    /// Opens a connection of the caller's own, for transactions that hold the caller's writes and, for instance, a row of the outbox.
    /// To be disposed of by the caller. May block.
    /// </summary>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public DbConnection OpenConnection()
    {
        try
        {
            return Open(isReader: false);
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException)
        {
            throw StorageException.From("opening a connection", error);
        }
    }

    /// <summary>Commits what was taken on, and closes all connections, for a time. Does nothing the second time.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        if (await _readers.CloseAsync(Options.CloseTimeout).ConfigureAwait(false) == 0)
            _readers.Dispose();
        if (_writer.IsValueCreated)
            await _writer.Value.CloseAsync(Options.CloseTimeout).ConfigureAwait(false);
        Released();
        GC.SuppressFinalize(this);
    }

    /// <summary>Runs work on the writing thread, and completes when it is durable. The work may run twice, the first time undone.</summary>
    internal ValueTask<T> WriteAsync<T>(string operation, Func<SqlSession, T> work, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        return _writer.Value.RunAsync(operation, work, cancellationToken);
    }

    /// <summary>Runs work on a connection for reading.</summary>
    internal async ValueTask<T> ReadAsync<T>(
        string operation, Func<SqlSession, CancellationToken, ValueTask<T>> work, CancellationToken cancellationToken)
    {
        using SqlLease lease = await _readers.RentAsync(operation, cancellationToken).ConfigureAwait(false);
        try
        {
            return await work(lease.Session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not StorageException)
        {
            // A statement that was broken off may have left its reader open.
            lease.IsBroken = true;
            if (error is OperationCanceledException or EventValidationException)
                throw;
            throw StorageException.From(operation, error);
        }
    }

    internal ValueTask<List<T>> QueryAsync<T>(
        string operation, string sql, Func<DbDataReader, T> map, (string Name, SqlValue Value)[] values,
        CancellationToken cancellationToken) =>
        ReadAsync(operation, (session, token) => session.QueryAsync(sql, map, values, token), cancellationToken);

    internal SqlSession OpenSession(bool isReader) => new(Open(isReader), Dialect.Prepares);

    private protected abstract DbConnection Open(bool isReader);

    /// <summary>Called on the writing thread after each group.</summary>
    internal virtual void AfterCommit(SqlSession session)
    {
    }

    /// <summary>Called on the writing thread before its connection is closed.</summary>
    internal virtual void BeforeClose(SqlSession session)
    {
    }

    /// <summary>Makes bytes that were overwritten disappear from the files, where that can be done at once. Blocks.</summary>
    /// <returns>Whether it was done.</returns>
    internal abstract bool TryScrub();

    /// <summary>Listens for news of other processes, until the database is disposed of, where the database has such a thing.</summary>
    /// <param name="onNews">Is called with the epoch of the store that has news, and with null when some may have been missed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal virtual Task ListenAsync(Action<string?> onNews, CancellationToken cancellationToken) => Task.CompletedTask;

    private protected virtual void Released()
    {
    }
}
