using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Compatibility;

/// <summary>Passes events of the old kind by their name, then by the subscriber's own filter.</summary>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
internal sealed class LegacyFilter(string eventType, IDomainEventFilter? filter) : EventFilter<LegacyEvent>
{
    public override bool Matches(in LegacyEvent @event, in Envelope envelope) =>
        @event.Event.EventType == eventType && (filter is null || filter.Matches(@event.Event));
}
