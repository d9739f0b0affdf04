using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;

namespace Engine.Publish;

/// <summary>Calls the inline handlers of an event type on the publishing thread.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal readonly struct InlineDelivery<T>(SubscriptionRegistry<T> registry, ProducerState producer)
    where T : unmanaged, IEvent<T>
{
    /// <summary>
    /// Whether all inline handlers have said by their filters that they do not want an event at such an address. The table is loaded for
    /// each event, so that a breakpoint is in force when the call that sets it returns.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsUnwanted(in T @event)
    {
        // For a struct the optimising compiler drops the box of both the test and the call.
        if (@event is not IAddressedEvent)
            return false;
        AddressSet addresses = registry.Table.InlineAddresses;
        return !addresses.IsAll && !addresses.MayHold(((IAddressedEvent)@event).Address);
    }

    /// <summary>Calls every inline handler for each event, in order: all handlers of one event before the next event.</summary>
    /// <returns>Whether a handler has asked the publisher to stop.</returns>
    public bool Deliver(ReadOnlySpan<T> events, long firstSequence)
    {
        HandlerScope scope = HandlerScope.Current;
        bool outer = scope.Stop.Begin();
        bool isStopRequested;
        try
        {
            DeliverAll(events, firstSequence, scope);
        }
        finally
        {
            // Also where handlers are nested too deeply, which throws: what the outer one has asked is not forgotten.
            isStopRequested = scope.Stop.End(outer);
        }

        return isStopRequested;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DeliverAll(ReadOnlySpan<T> events, long firstSequence, HandlerScope scope)
    {
        SubscriptionTable<T> table = registry.Table;
        if (table.Runs.Length > 0)
        {
            DeliverRuns(events, firstSequence, table, scope);
            if (table.Inline.Length == 0)
                return;
        }

        for (int i = 0; i < events.Length; i++)
        {
            if (!IsUnwanted(events[i]))
                DeliverOne(events[i], firstSequence + i, scope);
        }
    }

    private void DeliverRuns(ReadOnlySpan<T> events, long firstSequence, SubscriptionTable<T> table, HandlerScope scope)
    {
        var envelope = new Envelope(
            registry.Descriptor, producer.Info, firstSequence, producer.InstructionCount, 0, 0, isInline: true);
        foreach (Subscription<T> subscription in table.Runs)
            subscription.Deliver(events, envelope, scope);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DeliverOne(in T @event, long sequence, HandlerScope scope)
    {
        var envelope = new Envelope(
            registry.Descriptor, producer.Info, sequence, producer.InstructionCount, 0, 0, isInline: true);
        // The table is loaded for each event: a handler may have subscribed or unsubscribed at the one before.
        foreach (Subscription<T> subscription in registry.Table.Inline)
            subscription.DeliverInline(@event, envelope, scope);
    }
}
