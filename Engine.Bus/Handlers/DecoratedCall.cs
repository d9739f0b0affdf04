using Engine.Events;

namespace Engine.Bus.Handlers;

/// <summary>A call of a handler inside a decorator, with all that it needs.</summary>
internal interface IDecoratedCall
{
    /// <summary>Makes the call, once more each time.</summary>
    ValueTask MakeAsync(CancellationToken cancellationToken);
}

/// <summary>A call of a handler of one event type; one of the two handlers is null.</summary>
internal readonly record struct DecoratedCall<T>(IBusHandler<T>? Handler, IAsyncBusHandler<T>? Async, T Event, EventContext Context)
    : IDecoratedCall
    where T : IEvent<T>
{
    public ValueTask MakeAsync(CancellationToken cancellationToken)
    {
        if (Async is not null)
            return Async.HandleAsync(Event, Context, cancellationToken);
        Handler!.Handle(Event, Context);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A call of a handler of any event type; one of the two handlers is null.</summary>
internal readonly record struct DecoratedAnyCall<T>(IBusAnyHandler? Handler, IAsyncBusAnyHandler? Async, T Event, EventContext Context)
    : IDecoratedCall
    where T : IEvent<T>
{
    public ValueTask MakeAsync(CancellationToken cancellationToken)
    {
        if (Async is not null)
            return Async.HandleAsync(Event, Context, cancellationToken);
        Handler!.Handle(Event, Context);
        return ValueTask.CompletedTask;
    }
}
