using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>Calls the inline handlers of an event type on the publishing thread.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal readonly struct InlineDelivery<T>(SubscriptionRegistry<T> registry, ProducerState producer)
    where T : unmanaged, IEvent<T>
{
    /// <summary>Calls every inline handler for each event, in order: all handlers of one event before the next event.</summary>
    public void Deliver(ReadOnlySpan<T> events, long firstSequence)
    {
        HandlerScope scope = HandlerScope.Current;
        SubscriptionTable<T> table = registry.Table;
        if (table.Runs.Length > 0)
        {
            DeliverRuns(events, firstSequence, table, scope);
            if (table.Inline.Length == 0)
                return;
        }

        for (int i = 0; i < events.Length; i++)
            DeliverOne(events[i], firstSequence + i, scope);
    }

    private void DeliverRuns(ReadOnlySpan<T> events, long firstSequence, SubscriptionTable<T> table, HandlerScope scope)
    {
        var envelope = new Envelope(
            registry.Descriptor, producer.Info, firstSequence, producer.InstructionCount, 0, 0, isInline: true);
        foreach (Subscription<T> subscription in table.Runs)
            subscription.Deliver(events, envelope, scope);
    }

    private void DeliverOne(in T @event, long sequence, HandlerScope scope)
    {
        var envelope = new Envelope(
            registry.Descriptor, producer.Info, sequence, producer.InstructionCount, 0, 0, isInline: true);
        // The table is loaded for each event: a handler may have subscribed or unsubscribed at the one before.
        foreach (Subscription<T> subscription in registry.Table.Inline)
            subscription.DeliverInline(@event, envelope, scope);
    }
}
