using System.Data.Common;

namespace Engine.Storage.Databases;

/// <summary>
/// The one thread that writes to a database: commits what came in while the group before was being committed. If a write of a group
/// fails, the group is undone and its writes are made one by one, so that only those fail that cannot be made.
/// </summary>
internal sealed class GroupWriter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<GroupWork> _pending = [];
    private readonly SemaphoreSlim _room;
    private readonly AutoResetEvent _arrived = new(false);
    private readonly StorageDatabase _database;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqlSession? _session;
    private bool _isClosing;

    public GroupWriter(StorageDatabase database)
    {
        _database = database;
        _room = new SemaphoreSlim(database.Options.MaxPending);
        _thread = new Thread(Run) { IsBackground = true, Name = "Engine storage writer" };
        _thread.Start();
    }

    public int PendingCount
    {
        get
        {
            lock (_lock)
                return _pending.Count;
        }
    }

    /// <summary>Runs a piece of work within a transaction, and completes when that is durable. The work may run twice.</summary>
    public async ValueTask<T> RunAsync<T>(string operation, Func<SqlSession, T> work, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        var item = new GroupWork<T>(operation, work);
        lock (_lock)
        {
            if (_isClosing)
            {
                _room.Release();
                throw new ObjectDisposedException(_database.ToString(), $"{operation}: the database is being closed.");
            }

            _pending.Enqueue(item);
            // Inside the lock, so that it comes before the end of the thread.
            _arrived.Set();
        }

        return await item.Task.ConfigureAwait(false);
    }

    /// <summary>Commits what was taken on, and ends.</summary>
    /// <returns>Writes that were not committed in time; they fail.</returns>
    public async ValueTask<int> CloseAsync(TimeSpan timeout)
    {
        lock (_lock)
            _isClosing = true;
        _arrived.Set();
        try
        {
            await _ended.Task.WaitAsync(timeout).ConfigureAwait(false);
            Dispose();
            return 0;
        }
        catch (TimeoutException)
        {
            GroupWork[] left;
            lock (_lock)
            {
                left = [.. _pending];
                _pending.Clear();
            }

            // Who waits for room would wait for the thread: each is refused, and wakes the next.
            if (left.Length > 0)
                _room.Release(left.Length);

            foreach (GroupWork work in left)
                work.Fail(new StorageException(work.Operation, "the database was closed before it came to this write.", isTransient: true));
            return left.Length;
        }
    }

    /// <summary>Called when the thread has ended.</summary>
    public void Dispose()
    {
        // Not the room: one who is refused wakes the next, also when the thread has ended.
        _arrived.Dispose();
    }

    private void Run()
    {
        var group = new List<GroupWork>();
        while (true)
        {
            _arrived.WaitOne();
            if (_database.Options.GroupCommitDelay > TimeSpan.Zero)
                Thread.Sleep(_database.Options.GroupCommitDelay);
            while (TryTake(group))
            {
                RunGroup(group);
                group.Clear();
            }

            lock (_lock)
            {
                if (_isClosing && _pending.Count == 0)
                    break;
            }
        }

        EndSession(isClean: true);
        _ended.SetResult();
    }

    private bool TryTake(List<GroupWork> group)
    {
        lock (_lock)
        {
            while (group.Count < _database.Options.MaxGroup && _pending.TryDequeue(out GroupWork? work))
                group.Add(work);
        }

        if (group.Count == 0)
            return false;
        _room.Release(group.Count);
        return true;
    }

    private void RunGroup(List<GroupWork> group)
    {
        Exception? error = TryCommit(group, out bool isInDoubt);
        if (error is not null && !isInDoubt && group.Count > 1)
        {
            foreach (GroupWork work in group)
            {
                List<GroupWork> alone = [work];
                End(alone, TryCommit(alone, out _));
            }
        }
        else
        {
            End(group, error);
        }

        try
        {
            if (_session is not null)
                _database.AfterCommit(_session);
        }
        catch (Exception problem) when (problem is DbException or IOException or InvalidOperationException)
        {
            EndSession(isClean: false);
        }
    }

    /// <param name="group">What to commit.</param>
    /// <param name="isInDoubt">Whether it was the commit itself that failed: then trying again could write twice.</param>
    private Exception? TryCommit(List<GroupWork> group, out bool isInDoubt)
    {
        isInDoubt = false;
        try
        {
            SqlSession session = _session ??= _database.OpenSession(isReader: false);
            session.Transaction = session.Connection.BeginTransaction();
            foreach (GroupWork work in group)
                work.Run(session);
            isInDoubt = true;
            session.Commit();
            return null;
        }
        // Work is the engine's own, but its events, filters and keys may come from code that throws anything.
        catch (Exception error)
        {
            _session?.Rollback();
            if (_session is { IsOpen: false })
                EndSession(isClean: false);
            return error;
        }
    }

    private static void End(List<GroupWork> group, Exception? error)
    {
        foreach (GroupWork work in group)
        {
            if (error is null)
                work.Complete();
            else
                work.Fail(error is DbException or IOException or TimeoutException ? StorageException.From(work.Operation, error) : error);
        }
    }

    private void EndSession(bool isClean)
    {
        try
        {
            if (isClean && _session is not null)
                _database.BeforeClose(_session);
            _session?.Dispose();
        }
        catch (Exception error) when (error is DbException or IOException or InvalidOperationException)
        {
            // All that was confirmed is durable; the next opening recovers.
        }

        _session = null;
    }
}

/// <summary>A write that waits to be committed.</summary>
internal abstract class GroupWork(string operation)
{
    public string Operation => operation;

    public abstract void Run(SqlSession session);

    public abstract void Complete();

    public abstract void Fail(Exception error);
}

/// <inheritdoc/>
internal sealed class GroupWork<T>(string operation, Func<SqlSession, T> work) : GroupWork(operation)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _completion.Task;

    public override void Run(SqlSession session) => _result = work(session);

    public override void Complete() => _completion.TrySetResult(_result!);

    public override void Fail(Exception error) => _completion.TrySetException(error);
}
