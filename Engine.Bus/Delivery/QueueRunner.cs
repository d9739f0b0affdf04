using Engine.Bus.Calls;
using Engine.Bus.Queues;
using Engine.Bus.Retry;
using Engine.Bus.Scheduling;

namespace Engine.Bus.Delivery;

/// <summary>
/// Takes events from a partition and has its unit call the handler, one event or batch after the other. While an asynchronous
/// handler or the delay before a retry is pending it holds no thread. Run by one dispatcher at a time.
/// </summary>
internal sealed class QueueRunner : IScheduled
{
    // A turn ends after so many events or so long, so that other subscriptions get theirs.
    private const int EventsPerTurn = 64;
    private static readonly TimeSpan MaxTurn = TimeSpan.FromMilliseconds(1);

    private readonly SubscriptionQueue _owner;
    private readonly QueuePartition _partition;
    private readonly TimeProvider _timeProvider;
    private readonly HandlerUnit _unit;
    private readonly RunnerCounters _counters;
    private readonly Action _resume;

    // Taken events, and after them spent ones that are left in the queue in exchange for the next.
    private QueuedEvent?[] _taken = new QueuedEvent[1];
    private PriorityTurns _turns;
    private int _count;
    private int _next;
    private long _unitStarted;
    private ValueTask _pending;
    private bool _isPending;

    public QueueRunner(QueuePartition partition, HandlerUnit unit, RunnerCounters counters)
    {
        _owner = partition.Owner;
        _partition = partition;
        _timeProvider = _owner.Bus.TimeProvider;
        _unit = unit;
        _counters = counters;
        _resume = () => _owner.Bus.Scheduler.Schedule(this);
    }

    public DispatchPriority Priority => _owner.Subscription.DispatchPriority;

    public int Home => (int)_owner.Subscription.Id + _partition.Index;

    public bool RunTurn()
    {
        long turnStarted = _timeProvider.GetTimestamp();
        long now = turnStarted;
        if (_isPending)
            now = EndPending();
        int handled = 0;
        while (handled < EventsPerTurn && _timeProvider.GetElapsedTime(turnStarted, now) <= MaxTurn)
        {
            if (_next == _count && !TryTake())
            {
                _partition.Leave(this);
                return false;
            }

            _unitStarted = now;
            _unit.Begin(_taken, _next, _unit.TakesAll ? _count - _next : 1);
            handled += _unit.Count;
            if (!TryRunUnit(out now))
                return false;
        }

        return true;
    }

#pragma warning disable CA2012 // A handler's task is kept in a field while it is pending, and each is consumed once.
    /// <returns>False if the handler goes on without a thread; then this may not be touched any more.</returns>
    private bool TryRunUnit(out long now)
    {
        ValueTask task;
        try
        {
            task = _owner.Settings.Retry is { } retry
                ? retry.ExecuteAsync(
                    static (unit, attempt, token) => unit.CallOnce(attempt.Number, token),
                    _unit, OnRetry, _owner.CancellationToken)
                : _unit.CallOnce(1, _owner.CancellationToken);
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
            now = EndUnit(exception);
            return true;
        }

        now = EndUnit(exception: null);
        return true;
    }

    private long EndPending()
    {
        _isPending = false;
        ValueTask pending = _pending;
        _pending = default;
        try
        {
            pending.GetAwaiter().GetResult();
            return EndUnit(exception: null);
        }
        catch (Exception exception)
        {
            return EndUnit(exception);
        }
    }
#pragma warning restore CA2012

    private long EndUnit(Exception? exception)
    {
        long now = _timeProvider.GetTimestamp();
        long ticks = now - _unitStarted;
        int count = _unit.Count;
        _counters.AddHandlerTicks(ticks);
        _counters.HandlerTimes.Record(_owner.Bus.ToNanoseconds(ticks));
        _unit.End();
        if (exception is null)
            _counters.CountSucceeded(count);
        else if (exception is OperationCanceledException
            && (_owner.CancellationToken.IsCancellationRequested || !_owner.Subscription.IsActive))
            _counters.CountDiscarded(count);
        else
            Fail(exception);

        _owner.Batching?.Record(count, _owner.Bus.ToNanoseconds(now - _unit.First.QueuedAt));
        foreach (QueuedEvent? queued in _unit.Events)
        {
            _counters.Latencies.Record(_owner.Bus.ToNanoseconds(now - queued!.QueuedAt));
            queued.Clear();
        }

        _next += count;
        Volatile.Write(ref _counters.InFlight, _count - _next);
        return now;
    }

    private void Fail(Exception exception)
    {
        _counters.CountFailed(_unit.Count);
        foreach (QueuedEvent? queued in _unit.Events)
            _owner.Subscription.ReportError(queued!, exception);
    }

    private bool TryTake()
    {
        if (_partition.IsOverLimit || !_partition.IsUnitReady())
            return false;
        int size = 1;
        if (_owner.CurrentMode == ProcessingMode.Batch)
        {
            // Room for what is there and not for what may come: a batch may be as large as anybody likes.
            size = Math.Min(_owner.BatchSize, Math.Max(1, _partition.Rings.Count));
            if (_taken.Length < size)
                Array.Resize(ref _taken, (int)Math.Min(_owner.BatchSize, Math.Max(size, 2L * _taken.Length)));
        }

        _next = 0;
        _count = _partition.Take(ref _turns, _taken.AsSpan(0, size), ref _counters.InFlight);
        return _count > 0;
    }

    private static void OnRetry(HandlerUnit unit, RetryNotice notice) => unit.CountRetry();
}
