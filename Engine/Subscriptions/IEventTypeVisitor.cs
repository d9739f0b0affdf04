using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>Is shown the event types of an engine, each as a type argument.</summary>
public interface IEventTypeVisitor
{
    /// <summary>Visits one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    void Visit<T>()
        where T : unmanaged, IEvent<T>;
}
