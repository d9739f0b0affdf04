using Engine.Events;

namespace Engine.Compatibility;

/// <summary>Carries an event of the old kind over the new bus. All of them are one event type there, <c>legacy.event</c>.</summary>
/// <param name="Event">The event.</param>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
public readonly record struct LegacyEvent(IDomainEvent Event) : IEvent<LegacyEvent>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("legacy.event");

    /// <summary>Whether it is for those subscriptions only that run on the publisher's thread.</summary>
    internal bool IsSync { get; init; }
}
