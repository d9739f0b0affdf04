using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// Gets an event whose type only its holder knows, with that type, without boxing: what keeps events of any type calls
/// <see cref="Visit"/> once from a method <c>Accept&lt;TVisitor&gt;(ref TVisitor visitor)</c>. Best a struct, which leaves
/// what it found in its own fields. What it throws comes back to the caller of <c>Accept</c>.
/// </summary>
public interface IEventVisitor
{
    /// <summary>Gets the event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    void Visit<T>(in T @event)
        where T : IEvent<T>;
}
