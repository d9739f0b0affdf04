using System.Collections.Concurrent;
using System.Diagnostics;

namespace Engine.Storage.Databases;

/// <summary>Connections for reading, bounded. Thread-safe.</summary>
internal sealed class ReaderPool(StorageDatabase database) : IDisposable
{
    private readonly SemaphoreSlim _places = new(database.Options.MaxReaders);
    private readonly ConcurrentStack<SqlSession> _idle = [];
    private readonly ConcurrentDictionary<SqlLease, string> _held = [];
    private int _waiting;
    private volatile bool _isClosed;

    public int InUse => _held.Count;

    public int Waiting => Volatile.Read(ref _waiting);

    public async ValueTask<SqlLease> RentAsync(string operation, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, database);
        Interlocked.Increment(ref _waiting);
        try
        {
            if (!await _places.WaitAsync(database.Options.AcquireTimeout, cancellationToken).ConfigureAwait(false))
                throw new StorageException(operation, NoPlace(), isTransient: true);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, database);
            if (!_idle.TryPop(out SqlSession? session))
                session = database.OpenSession(isReader: true);
            var lease = new SqlLease(this, session);
            _held.TryAdd(lease, operation);
            return lease;
        }
        catch (Exception error) when (error is not ObjectDisposedException)
        {
            _places.Release();
            throw StorageException.From(operation, error);
        }
    }

    /// <summary>Waits until all have been given back, for a time.</summary>
    public async ValueTask<int> CloseAsync(TimeSpan timeout)
    {
        _isClosed = true;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < database.Options.MaxReaders; i++)
        {
            TimeSpan left = timeout - Stopwatch.GetElapsedTime(start);
            if (!await _places.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero).ConfigureAwait(false))
                break;
        }

        while (_idle.TryPop(out SqlSession? session))
            session.Dispose();
        return _held.Count;
    }

    /// <summary>To be called when nothing is held any more.</summary>
    public void Dispose() => _places.Dispose();

    internal void Return(SqlLease lease, bool isBroken)
    {
        if (!_held.TryRemove(lease, out _))
            return;
        if (isBroken || !lease.Session.IsOpen)
            lease.Session.Dispose();
        else
            _idle.Push(lease.Session);
        _places.Release();
    }

    private string NoPlace() =>
        $"no connection for reading came free within {database.Options.AcquireTimeout}; "
        + $"{_held.Count} of {database.Options.MaxReaders} are held by "
        + string.Join(", ", _held.Values.GroupBy(static name => name).Select(static held => $"{held.Count()} {held.Key}")) + ".";
}

/// <summary>A connection that was lent out.</summary>
internal sealed class SqlLease(ReaderPool pool, SqlSession session) : IDisposable
{
    public SqlSession Session => session;

    /// <summary>Set where the connection must not be used again.</summary>
    public bool IsBroken { get; set; }

    public void Dispose() => pool.Return(this, IsBroken);
}
