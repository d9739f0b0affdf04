using Engine.Events;

namespace Engine.Bus.Delivery;

/// <summary>How the handler of a subscription is called. Chosen once, when it subscribes; immutable.</summary>
internal interface IHandlerForm
{
    HandlerKind Kind { get; }

    /// <summary>Makes what a runner of the subscription calls the handler with.</summary>
    HandlerUnit MakeUnit(SubscriptionQueue queue);
}

/// <summary>A handler of one event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal abstract class HandlerForm<T> : IHandlerForm
    where T : IEvent<T>
{
    public abstract HandlerKind Kind { get; }

    /// <summary>The handler, if publishers can call it themselves.</summary>
    public virtual BusAction<T>? Direct => null;

    public abstract HandlerUnit MakeUnit(SubscriptionQueue queue);

    /// <summary>Calls a handler of single events.</summary>
    public abstract ValueTask InvokeAsync(in T @event, EventContext context, CancellationToken cancellationToken);
}

/// <summary>A handler that returns when it is done.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class SyncForm<T>(BusAction<T> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Sync;

    public override BusAction<T> Direct { get; } = handler;

    public override HandlerUnit MakeUnit(SubscriptionQueue queue) => new SyncUnit(queue);

    public override ValueTask InvokeAsync(in T @event, EventContext context, CancellationToken cancellationToken)
    {
        Direct(@event, context);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A handler that returns a task.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class AsyncForm<T>(AsyncBusAction<T> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Async;

    public override HandlerUnit MakeUnit(SubscriptionQueue queue) => new AsyncUnit(queue);

    public override ValueTask InvokeAsync(in T @event, EventContext context, CancellationToken cancellationToken) =>
        handler(@event, context, cancellationToken);
}

/// <summary>A handler that takes batches and returns a task.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class BatchForm<T>(BatchBusAction<T> handler) : HandlerForm<T>
    where T : IEvent<T>
{
    public override HandlerKind Kind => HandlerKind.Batch;

    public override HandlerUnit MakeUnit(SubscriptionQueue queue) => new BatchUnit<T>(queue, handler);

    public override ValueTask InvokeAsync(in T @event, EventContext context, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A handler of batches gets no single events.");
}

/// <summary>A handler of any event type.</summary>
internal sealed class AnyForm : IHandlerForm
{
    private readonly IBusAnyHandler? _sync;
    private readonly IAsyncBusAnyHandler? _async;

    public AnyForm(IBusAnyHandler handler) => _sync = handler;

    public AnyForm(IAsyncBusAnyHandler handler) => _async = handler;

    public HandlerKind Kind => _sync is null ? HandlerKind.Async : HandlerKind.Sync;

    public HandlerUnit MakeUnit(SubscriptionQueue queue) => _sync is null ? new AsyncUnit(queue) : new SyncUnit(queue);

    /// <summary>The handler for one event type. Its delegate binds the generic method once, not at every event.</summary>
    public HandlerForm<T> For<T>()
        where T : IEvent<T> =>
        _sync is null ? new AsyncForm<T>(_async!.HandleAsync) : new SyncForm<T>(_sync.Handle);
}
