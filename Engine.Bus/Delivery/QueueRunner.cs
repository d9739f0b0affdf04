using Engine.Bus.Retry;
using Engine.Bus.Scheduling;
using Engine.Primitives;

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
    private readonly Action _resume;

    // Taken events, and after them spent ones that are left in the queue in exchange for the next.
    private QueuedEvent?[] _taken = new QueuedEvent[1];
    private int _count;
    private int _next;
    private long _unitStarted;
    private ValueTask _pending;
    private bool _isPending;

    private long _succeeded;
    private long _failed;
    private long _discarded;
    private long _handlerTicks;

    public QueueRunner(SubscriptionQueue owner, QueuePartition partition)
    {
        _owner = owner;
        _partition = partition;
        _timeProvider = owner.Bus.TimeProvider;
        _unit = owner.Handler.MakeUnit(owner);
        _resume = () => _owner.Bus.Scheduler.Schedule(this);
    }

    public DispatchPriority Priority => _owner.Subscription.DispatchPriority;

    public int Home => (int)_owner.Subscription.Id + _partition.Index;

    /// <summary>Events handed to the handler, each once.</summary>
    public long HandedCount => _unit.HandedCount;

    public long SucceededCount => Volatile.Read(ref _succeeded);

    public long FailedCount => Volatile.Read(ref _failed);

    public long DiscardedCount => Volatile.Read(ref _discarded);

    /// <summary>Time spent in handlers, in timestamps of the bus's clock.</summary>
    public long HandlerTicks => Volatile.Read(ref _handlerTicks);

    /// <summary>Events taken from the queue and not yet finished.</summary>
    public int InFlightCount => Math.Max(0, Volatile.Read(ref _count) - Volatile.Read(ref _next));

    /// <summary>Times from the call of the handler to its end.</summary>
    public DurationHistogram HandlerTimes { get; } = new();

    /// <summary>Times from publishing to the end of the handler.</summary>
    public DurationHistogram Latencies { get; } = new();

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
            handled += _unit.Events.Count;
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
        int count = _unit.Events.Count;
        Volatile.Write(ref _handlerTicks, _handlerTicks + ticks);
        HandlerTimes.Record(_owner.Bus.ToNanoseconds(ticks));
        _unit.End();
        if (exception is null)
            Volatile.Write(ref _succeeded, _succeeded + count);
        else if (exception is OperationCanceledException
            && (_owner.CancellationToken.IsCancellationRequested || !_owner.Subscription.IsActive))
            Volatile.Write(ref _discarded, _discarded + count);
        else
            Fail(exception);

        _owner.Batching?.Record(count, _owner.Bus.ToNanoseconds(now - _unit.Events[0]!.QueuedAt));
        foreach (QueuedEvent? queued in _unit.Events)
        {
            Latencies.Record(_owner.Bus.ToNanoseconds(now - queued!.QueuedAt));
            queued.Clear();
        }

        Volatile.Write(ref _next, _next + count);
        return now;
    }

    private void Fail(Exception exception)
    {
        Volatile.Write(ref _failed, _failed + _unit.Events.Count);
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
            size = Math.Min(_owner.BatchSize, Math.Max(1, _partition.Ring.Count));
            if (_taken.Length < size)
                Array.Resize(ref _taken, (int)Math.Min(_owner.BatchSize, Math.Max(size, 2L * _taken.Length)));
        }

        Volatile.Write(ref _count, 0);
        Volatile.Write(ref _next, 0);
        _partition.Take(_taken.AsSpan(0, size), ref _count, out LostEvents loss);
        if (loss.Count > 0)
            _owner.ReportLoss(loss, _taken[0]!);
        return _count > 0;
    }

    private static void OnRetry(HandlerUnit unit, RetryNotice notice) => unit.Queue.CountRetry();
}
