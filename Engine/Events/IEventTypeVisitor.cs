namespace Engine.Events;

/// <summary>Is shown event types, each as a type argument.</summary>
public interface IEventTypeVisitor
{
    /// <summary>Visits one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    void Visit<T>()
        where T : unmanaged, IEvent<T>;
}
