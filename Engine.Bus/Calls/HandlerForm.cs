using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus.Calls;

/// <summary>How the handler of a subscription is called. Chosen once, when it subscribes; immutable.</summary>
internal abstract class HandlerForm
{
    public abstract HandlerKind Kind { get; }

    /// <summary>Makes what a runner of the subscription calls the handler with.</summary>
    public abstract HandlerUnit MakeUnit(SubscriptionQueue queue, RunnerCounters counters);
}

/// <summary>A handler of one event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal abstract class HandlerForm<T> : HandlerForm
    where T : IEvent<T>
{
    /// <summary>The handler for publishers.</summary>
    public abstract BoundHandler<T> Bound { get; }
}

/// <summary>A handler that returns when it is done.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class SyncForm<T>(BusAction<T> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Sync;

    public override BoundHandler<T> Bound => new(handler, null, IsOfAnyType: false);

    public override HandlerUnit MakeUnit(SubscriptionQueue queue, RunnerCounters counters) => new SyncUnit<T>(queue, counters, handler);
}

/// <summary>A handler that returns a task.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class AsyncForm<T>(Func<T, EventContext, CancellationToken, ValueTask> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Async;

    public override BoundHandler<T> Bound => new(null, handler, IsOfAnyType: false);

    public override HandlerUnit MakeUnit(SubscriptionQueue queue, RunnerCounters counters) => new AsyncUnit<T>(queue, counters, handler);
}

/// <summary>A handler that takes batches and returns a task.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class BatchForm<T>(Func<EventBatch<T>, CancellationToken, ValueTask> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Batch;

    public override BoundHandler<T> Bound => new(null, null, IsOfAnyType: false);

    public override HandlerUnit MakeUnit(SubscriptionQueue queue, RunnerCounters counters) => new BatchUnit<T>(queue, counters, handler);
}

/// <summary>A handler of any event type.</summary>
internal sealed class AnyForm : HandlerForm
{
    private readonly IBusAnyHandler? _sync;
    private readonly IAsyncBusAnyHandler? _async;

    public AnyForm(IBusAnyHandler handler) => _sync = handler;

    public AnyForm(IAsyncBusAnyHandler handler) => _async = handler;

    public override HandlerKind Kind => _sync is null ? HandlerKind.Async : HandlerKind.Sync;

    public override HandlerUnit MakeUnit(SubscriptionQueue queue, RunnerCounters counters) =>
        _sync is null ? new AnyAsyncUnit(queue, counters) : new AnySyncUnit(queue, counters);

    /// <summary>The handler for one event type. Its delegate binds the generic method once, not at every event.</summary>
    public BoundHandler<T> For<T>()
        where T : IEvent<T> =>
        _sync is null
            ? new BoundHandler<T>(null, _async!.HandleAsync, IsOfAnyType: true)
            : new BoundHandler<T>(_sync.Handle, null, IsOfAnyType: true);
}
