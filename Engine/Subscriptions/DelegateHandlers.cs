using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>Makes a delegate a handler of single events.</summary>
internal readonly struct DelegateEventHandler<T>(EventAction<T> action) : IEventHandler<T>
    where T : unmanaged, IEvent<T>
{
    public void Handle(in T @event, in Envelope envelope) => action(@event, envelope);
}

/// <summary>Makes a delegate a handler of batches.</summary>
internal readonly struct DelegateBatchHandler<T>(BatchAction<T> action) : IBatchHandler<T>
    where T : unmanaged, IEvent<T>
{
    public void Handle(ReadOnlySpan<T> events, in Envelope envelope) => action(events, envelope);
}
