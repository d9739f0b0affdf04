using System.Runtime.ExceptionServices;
using Engine.Bus.Retry;
using Engine.Bus.Scheduling;
using Engine.Primitives;

namespace Engine.Bus.Delivery;

/// <summary>
/// Takes events from a lane and calls the handler, one event or batch after the other. While an asynchronous handler
/// or the delay before a retry is pending it holds no thread. Run by one dispatcher at a time.
/// </summary>
internal sealed class QueueRunner : IScheduled
{
    // A turn ends after so many events or so long, so that other subscriptions get theirs.
    private const int EventsPerTurn = 64;
    private static readonly TimeSpan MaxTurn = TimeSpan.FromMilliseconds(1);

    private readonly QueueLane _lane;
    private readonly SubscriptionQueue _owner;
    private readonly TimeProvider _time;
    private readonly Action _resume;
    private readonly DurationHistogram _handlerTimes = new();
    private readonly DurationHistogram _latencies = new();

    private QueuedEvent[] _taken = new QueuedEvent[1];
    private int _count;
    private int _next;
    private bool _isTaking;
    private int _unitCount;
    private long _unitStarted;
    private ValueTask _pending;
    private bool _isPending;
    private AsyncFlow? _flow;
    private ValueTask _called;
    private int _attempt;
    private EventContext? _batchContext;

    private long _handed;
    private long _succeeded;
    private long _failed;
    private long _discarded;
    private long _handlerTicks;

    public QueueRunner(QueueLane lane)
    {
        _lane = lane;
        _owner = lane.Owner;
        _time = _owner.Bus.TimeProvider;
        _resume = () => _owner.Bus.Scheduler.Schedule(this);
    }

    public DispatchPriority Priority => _owner.Subscription.DispatchPriority;

    public int Home => (int)_owner.Subscription.Id + _lane.Index;

    /// <summary>Events handed to the handler, each once.</summary>
    public long HandedCount => Volatile.Read(ref _handed);

    public long SucceededCount => Volatile.Read(ref _succeeded);

    public long FailedCount => Volatile.Read(ref _failed);

    public long DiscardedCount => Volatile.Read(ref _discarded);

    /// <summary>Time spent in handlers, in timestamps of the bus's clock.</summary>
    public long HandlerTicks => Volatile.Read(ref _handlerTicks);

    /// <summary>Events taken from the queue and not yet finished.</summary>
    public int InFlightCount => Math.Max(0, Volatile.Read(ref _count) - Volatile.Read(ref _next));

    /// <summary>Whether it is about to take events and has not made sure that the queue is open, or has not counted them as in flight.</summary>
    public bool IsTaking => Volatile.Read(ref _isTaking);

    /// <summary>Times from the call of the handler to its end.</summary>
    public DurationHistogram HandlerTimes => _handlerTimes;

    /// <summary>Times from publishing to the end of the handler.</summary>
    public DurationHistogram Latencies => _latencies;

    public bool RunTurn()
    {
        long turnStarted = _time.GetTimestamp();
        long now = turnStarted;
        if (_isPending)
            now = FinishPending();
        int handled = 0;
        while (handled < EventsPerTurn && _time.GetElapsedTime(turnStarted, now) <= MaxTurn)
        {
            if (_next == _count && !TryTake())
            {
                _lane.Leave(this);
                return false;
            }

            _unitStarted = now;
            _unitCount = _owner.BatchInvoker is null ? 1 : _count - _next;
            handled += _unitCount;
            if (!TryRunUnit(out now))
                return false;
        }

        return true;
    }

    /// <summary>Calls the handler once.</summary>
    private ValueTask CallOnce(int attempt, CancellationToken cancellationToken)
    {
        QueuedEvent first = _taken[_next];
        foreach (QueuedEvent queued in Unit)
            queued.Context.Attempt = attempt;
        if (attempt == 1 && first.FirstFailure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        cancellationToken.ThrowIfCancellationRequested();
        if (_owner.Kind == HandlerKind.Sync)
        {
            CallSync(first, attempt);
            return ValueTask.CompletedTask;
        }

        _attempt = attempt;

        _flow ??= new AsyncFlow();
        _flow.Context = _owner.BatchInvoker is null ? first.Context : BeginBatchContext();
        _flow.Run(static runner => ((QueueRunner)runner!).CallAsync(), this);
        ValueTask called = _called;
        _called = default;
        return called;
    }

    private ReadOnlySpan<QueuedEvent> Unit => _taken.AsSpan(_next, _unitCount);

    private void CountHanded(int attempt)
    {
        if (attempt == 1)
            Volatile.Write(ref _handed, _handed + _unitCount);
    }

    private void CallSync(QueuedEvent queued, int attempt)
    {
        BusThread thread = BusThread.Current;
        thread.Scope.Enter(_owner.Subscription.HandlerNumber, _owner.Subscription);
        EventContext own = thread.Enter(queued.Context);
        try
        {
            if (!_owner.Subscription.IsActive)
                throw new OperationCanceledException(_owner.CancellationToken);
            CountHanded(attempt);
            ValueTask task = queued.HandleAsync(_owner.CancellationToken);
            System.Diagnostics.Debug.Assert(task.IsCompletedSuccessfully, "A synchronous handler has ended when its call returns.");
        }
        finally
        {
            thread.Leave(own);
            thread.Scope.Exit();
        }
    }

#pragma warning disable CA2012 // A handler's task is kept in a field, and each is consumed once: by the retry policy or by FinishUnit's callers.
    // Runs in the flow's execution context. What the handler throws at once is kept for the caller of CallOnce.
    private void CallAsync()
    {
        BusThread thread = BusThread.Current;
        thread.Scope.Enter(_owner.Subscription.HandlerNumber, _owner.Subscription);
        try
        {
            if (!_owner.Subscription.IsActive)
                throw new OperationCanceledException(_owner.CancellationToken);
            CountHanded(_attempt);
            _called = _owner.BatchInvoker is { } batch
                ? batch.HandleBatchAsync(new ArraySegment<QueuedEvent>(_taken, _next, _unitCount), _owner.CancellationToken)
                : _taken[_next].HandleAsync(_owner.CancellationToken);
        }
        catch (Exception exception)
        {
            _called = ValueTask.FromException(exception);
        }
        finally
        {
            thread.Scope.Exit();
        }
    }

    private bool TryRunUnit(out long now)
    {
        ValueTask task;
        try
        {
            task = _owner.Settings.Retry is { } retry
                ? retry.ExecuteAsync(static (runner, attempt, token) => runner.CallOnce(attempt.Number, token), this, OnRetry, _owner.CancellationToken)
                : CallOnce(1, _owner.CancellationToken);
            if (!task.IsCompleted)
            {
                _pending = task;
                _isPending = true;
                now = 0;
                // The last thing here: another dispatcher may run this runner at once.
                task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_resume);
                return false;
            }

            task.GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            // A handler's own kind of task may refuse the callback.
            _isPending = false;
            _pending = default;
            now = FinishUnit(exception);
            return true;
        }

        now = FinishUnit(exception: null);
        return true;
    }

    private long FinishPending()
    {
        _isPending = false;
        ValueTask pending = _pending;
        _pending = default;
        try
        {
            pending.GetAwaiter().GetResult();
            return FinishUnit(exception: null);
        }
        catch (Exception exception)
        {
            return FinishUnit(exception);
        }
    }

#pragma warning restore CA2012

    private long FinishUnit(Exception? exception)
    {
        long now = _time.GetTimestamp();
        long ticks = now - _unitStarted;
        Volatile.Write(ref _handlerTicks, _handlerTicks + ticks);
        _handlerTimes.Record(_owner.Bus.ToNanoseconds(ticks));
        _flow?.Context = null;
        if (exception is null)
            Volatile.Write(ref _succeeded, _succeeded + _unitCount);
        else if (exception is OperationCanceledException && (_owner.CancellationToken.IsCancellationRequested || !_owner.Subscription.IsActive))
            Volatile.Write(ref _discarded, _discarded + _unitCount);
        else
            Fail(exception);

        BusThread thread = BusThread.Current;
        _owner.Batching?.Record(_unitCount, _owner.Bus.ToNanoseconds(now - _taken[_next].QueuedAt));
        foreach (ref QueuedEvent queued in _taken.AsSpan(_next, _unitCount))
        {
            _latencies.Record(_owner.Bus.ToNanoseconds(now - queued.QueuedAt));
            queued.Release(thread);
            queued = null!;
        }

        Volatile.Write(ref _next, _next + _unitCount);
        return now;
    }

    private void Fail(Exception exception)
    {
        Volatile.Write(ref _failed, _failed + _unitCount);
        foreach (QueuedEvent queued in Unit)
            _owner.Subscription.ReportError(queued.Context, exception);
    }

    private bool TryTake()
    {
        if (_lane.IsOverLimit || !_lane.IsUnitReady())
            return false;
        int size = _owner.CurrentMode == ProcessingMode.Batch ? _owner.BatchSize : 1;
        if (_taken.Length < size)
            _taken = new QueuedEvent[size];
        Volatile.Write(ref _count, 0);
        Volatile.Write(ref _next, 0);
        int count = 0;
        // The one who closes the queue has a process-wide barrier between closing it and looking for runners that take:
        // the load of the queue's state cannot get ahead of this store unseen.
        Volatile.Write(ref _isTaking, true);
        if (!_lane.Queue.IsClosed)
        {
            while (count < size && _lane.Queue.TryTake(out QueuedEvent queued))
                _taken[count++] = queued;
        }

        if (count > 0)
            _lane.OnTaken(_taken[count - 1].QueuedAt);

        Volatile.Write(ref _count, count);
        Volatile.Write(ref _isTaking, false);
        return count > 0;
    }

    private EventContext BeginBatchContext()
    {
        int depth = 0;
        foreach (QueuedEvent queued in Unit)
            depth = Math.Max(depth, queued.Context.Depth);
        _batchContext ??= new EventContext();
        _batchContext.BeginBatch(_taken[_next].Context, depth);
        return _batchContext;
    }

    private static void OnRetry(QueueRunner runner, RetryNotice notice) => runner._owner.CountRetry();
}
