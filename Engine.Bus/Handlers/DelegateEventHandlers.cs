using Engine.Events;

namespace Engine.Bus.Handlers;

internal sealed class DelegateEventHandler<T>(BusAction<T> action) : IBusHandler<T>
    where T : IEvent<T>
{
    public void Handle(in T @event, EventContext context) => action(@event, context);
}

internal sealed class AsyncDelegateEventHandler<T>(Func<T, EventContext, CancellationToken, ValueTask> action) : IAsyncBusHandler<T>
    where T : IEvent<T>
{
    public ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken) =>
        action(@event, context, cancellationToken);
}

internal sealed class AnyDelegateEventHandler(Action<EventContext> action) : IBusAnyHandler
{
    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T> =>
        action(context);
}

internal sealed class AnyAsyncDelegateEventHandler(Func<EventContext, CancellationToken, ValueTask> action) : IAsyncBusAnyHandler
{
    public ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
        where T : IEvent<T> =>
        action(context, cancellationToken);
}
