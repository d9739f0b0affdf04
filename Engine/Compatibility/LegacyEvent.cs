using Engine.Events;

namespace Engine.Compatibility;

/// <summary>Carries an event of the old kind over the new bus. All of them are one event type there, <c>legacy.event</c>.</summary>
/// <param name="Event">The event.</param>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
public readonly record struct LegacyEvent(IDomainEvent Event) : IEvent<LegacyEvent>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("legacy.event");
}
