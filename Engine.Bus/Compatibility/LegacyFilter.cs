using Engine.Bus;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Compatibility;

/// <summary>Passes events of the old kind by their name, then by the subscriber's own filter.</summary>
/// <param name="eventType">The name.</param>
/// <param name="filter">The subscriber's filter.</param>
/// <param name="isSync">Which of the two ways of publishing it lets pass; null for both.</param>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
internal sealed class LegacyFilter(string eventType, IDomainEventFilter? filter, bool? isSync = null) : EventFilter<LegacyEvent>, INamedFilter<LegacyEvent>
{
    public string Name => eventType;

    public string? NameOf(in LegacyEvent @event) => @event.Event.EventType;

    public override bool Matches(in LegacyEvent @event, in Envelope envelope) =>
        (isSync is null || isSync == @event.IsSync) && @event.Event.EventType == eventType && (filter is null || filter.Matches(@event.Event));
}
