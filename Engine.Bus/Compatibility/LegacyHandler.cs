using Engine.Bus;
using Engine.Events;

namespace Engine.Compatibility;

/// <summary>Calls an old handler for events of both kinds.</summary>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
internal sealed class LegacyHandler(IDomainEventHandler handler, IDomainEventFilter? filter, TimeProvider time)
    : IBusHandler<LegacyEvent>, IBusAnyHandler
{
    /// <summary>
    /// The subscription whose id the old code holds. Ending it by that id at the bus itself must silence the handler
    /// for typed events too.
    /// </summary>
    public BusSubscription? Main { get; set; }

    public void Handle(in LegacyEvent @event, EventContext context) => handler.Handle(@event.Event);

    /// <summary>Handles what is published synchronously, as long as the subscription as a whole is there.</summary>
    public void HandleSync(in LegacyEvent @event, EventContext context)
    {
        if (Main is { IsActive: true })
            handler.Handle(@event.Event);
    }

    public void Handle<T>(in T @event, EventContext context)
        where T : IEvent<T>
    {
        // Events of the old kind come by their own subscription, whatever names handlers choose.
        if (typeof(T) == typeof(LegacyEvent) || Main is not { IsActive: true })
            return;
        IDomainEvent old = @event as IDomainEvent ?? new TypedDomainEvent<T>(@event, T.Descriptor.Name, time.GetUtcNow());
        if (filter is null || filter.Matches(old))
            handler.Handle(old);
    }
}
