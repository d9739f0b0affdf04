using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus.Calls;

/// <summary>
/// What a handler is called with at once: one event or a batch. Each runner has one for its whole life and fills it anew. Used by
/// one thread at a time.
/// </summary>
internal abstract class HandlerUnit(SubscriptionQueue queue, RunnerCounters counters)
{
    private QueuedEvent?[] _events = [];
    private int _start;

    /// <summary>Events of a unit: all that a runner has taken, or one.</summary>
    public abstract bool TakesAll { get; }

    /// <summary>The events, at least one.</summary>
    public ReadOnlySpan<QueuedEvent?> Events => _events.AsSpan(_start, Count);

    /// <summary>The first event.</summary>
    public QueuedEvent First => _events[_start]!;

    /// <summary>How many events.</summary>
    public int Count { get; private set; }

    /// <summary>The queue that the events come from.</summary>
    protected SubscriptionQueue Queue { get; } = queue;

    /// <summary>Fills the unit.</summary>
    public void Begin(QueuedEvent?[] events, int start, int count)
    {
        // Mostly it is the same array, and a look costs less than the garbage collector's write barrier.
        if (_events != events)
            _events = events;
        _start = start;
        Count = count;
    }

    /// <summary>Calls the handler.</summary>
    /// <param name="attempt">How many times it has been called for these events, this time included.</param>
    /// <param name="cancellationToken">What the handler gets: cancelled when the subscription ends, or when this attempt has to.</param>
    public ValueTask CallOnce(int attempt, CancellationToken cancellationToken)
    {
        foreach (QueuedEvent? queued in Events)
            queued!.BeginAttempt(attempt);
        if (attempt == 1 && First.FirstFailure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        cancellationToken.ThrowIfCancellationRequested();
        return Call(attempt, cancellationToken);
    }

    /// <summary>The handler has ended for good.</summary>
    public virtual void End()
    {
    }

    /// <summary>Counts a try after the first.</summary>
    public void CountRetry() => Queue.CountRetry();

    /// <summary>Calls the handler.</summary>
    protected abstract ValueTask Call(int attempt, CancellationToken cancellationToken);

    /// <summary>Makes sure, inside the handler's scope, that the subscription has not ended, and counts the events.</summary>
    protected void CheckIn(int attempt)
    {
        if (!Queue.Subscription.IsActive)
            throw new OperationCanceledException(Queue.CancellationToken);
        if (attempt == 1)
            counters.CountHanded(Count);
    }
}

/// <summary>One event for a handler that returns when it is done.</summary>
internal abstract class SyncUnit(SubscriptionQueue queue, RunnerCounters counters) : HandlerUnit(queue, counters)
{
    public sealed override bool TakesAll => false;

    /// <summary>Calls the handler.</summary>
    protected abstract void Handle(QueuedEvent queued);

    protected sealed override ValueTask Call(int attempt, CancellationToken cancellationToken)
    {
        QueuedEvent queued = First;
        BusThread thread = BusThread.Current;
        thread.Scope.Enter(Queue.Subscription.HandlerNumber, Queue.Subscription);
        EventContext own = thread.Enter(queued);
        try
        {
            CheckIn(attempt);
            Handle(queued);
            return ValueTask.CompletedTask;
        }
        finally
        {
            thread.Leave(own);
            thread.Scope.Exit();
        }
    }
}

/// <summary>A unit for a handler that returns a task: its flow knows the event wherever the handler goes on.</summary>
internal abstract class FlowUnit(SubscriptionQueue queue, RunnerCounters counters) : HandlerUnit(queue, counters), IFlowCall
{
    private readonly AsyncFlow _flow = new();
    private int _attempt;
    private CancellationToken _token;

    public sealed override void End() => _flow.Context = null;

    /// <summary>Calls the handler in its flow.</summary>
    ValueTask IFlowCall.Call()
    {
        BusThread thread = BusThread.Current;
        thread.Scope.Enter(Queue.Subscription.HandlerNumber, Queue.Subscription);
        try
        {
            CheckIn(_attempt);
            return CallHandler(_token);
        }
        finally
        {
            thread.Scope.Exit();
        }
    }

    protected sealed override ValueTask Call(int attempt, CancellationToken cancellationToken)
    {
        _attempt = attempt;
        _token = cancellationToken;
        _flow.Context = BeginContext();
        return _flow.Run(this);
    }

    /// <summary>What the handler's publishes are caused by.</summary>
    protected abstract EventContext BeginContext();

    protected abstract ValueTask CallHandler(CancellationToken cancellationToken);
}

/// <summary>One event for a handler that returns a task.</summary>
internal abstract class AsyncUnit(SubscriptionQueue queue, RunnerCounters counters) : FlowUnit(queue, counters)
{
    public sealed override bool TakesAll => false;

    /// <summary>Calls the handler.</summary>
    protected abstract ValueTask HandleAsync(QueuedEvent queued, CancellationToken cancellationToken);

    protected sealed override EventContext BeginContext() => First;

    protected sealed override ValueTask CallHandler(CancellationToken cancellationToken) => HandleAsync(First, cancellationToken);
}

/// <summary>One event of a known type for a handler that returns when it is done.</summary>
/// <typeparam name="T">The event type, which all events of the queue have.</typeparam>
internal sealed class SyncUnit<T>(SubscriptionQueue queue, RunnerCounters counters, BusAction<T> handler) : SyncUnit(queue, counters)
    where T : IEvent<T>
{
    protected override void Handle(QueuedEvent queued)
    {
        QueuedEvent<T> typed = Unsafe.As<QueuedEvent<T>>(queued);
        handler(typed.Event, typed);
    }
}

/// <summary>One event of a known type for a handler that returns a task.</summary>
/// <typeparam name="T">The event type, which all events of the queue have.</typeparam>
internal sealed class AsyncUnit<T>(
    SubscriptionQueue queue, RunnerCounters counters, Func<T, EventContext, CancellationToken, ValueTask> handler)
    : AsyncUnit(queue, counters)
    where T : IEvent<T>
{
    protected override ValueTask HandleAsync(QueuedEvent queued, CancellationToken cancellationToken)
    {
        QueuedEvent<T> typed = Unsafe.As<QueuedEvent<T>>(queued);
        return handler(typed.Event, typed, cancellationToken);
    }
}

/// <summary>One event of any type for a handler that returns when it is done.</summary>
internal sealed class AnySyncUnit(SubscriptionQueue queue, RunnerCounters counters) : SyncUnit(queue, counters)
{
    protected override void Handle(QueuedEvent queued) => queued.Handle();
}

/// <summary>One event of any type for a handler that returns a task.</summary>
internal sealed class AnyAsyncUnit(SubscriptionQueue queue, RunnerCounters counters) : AsyncUnit(queue, counters)
{
    protected override ValueTask HandleAsync(QueuedEvent queued, CancellationToken cancellationToken) =>
        queued.HandleAsync(cancellationToken);
}
