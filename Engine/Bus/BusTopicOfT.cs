using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>
/// The subscriptions of one event type. Publishers read the array of handlers with one load; a change replaces it.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class BusTopic<T>(EventBus bus, EventDescriptor descriptor) : BusTopic(descriptor)
    where T : IEvent<T>
{
    private Entry[] _entries = [];

    public override int SubscriptionCount => Volatile.Read(ref _entries).Length;

    public void Add(BusSubscription subscription, BusAction<T> handler, EventFilter<T>? filter)
    {
        if (subscription.AnyFilter?.For<T>() is { } any)
            filter = filter is null ? any : any.And(filter);
        // Stable: equal priorities keep the order of subscription.
        Entry[] entries = [.. _entries.Append(new Entry(subscription, handler, filter)).OrderByDescending(static e => e.Subscription.Priority)];
        Volatile.Write(ref _entries, entries);
    }

    public override void AddMatching(BusSubscription subscription, IAnyEventHandler handler)
    {
        // The delegate binds the generic method once, not at every event.
        if (subscription.Pattern.Matches(Descriptor.Name))
            Add(subscription, handler.Handle, filter: null);
    }

    public override void Remove(BusSubscription subscription)
    {
        if (_entries.Any(entry => entry.Subscription == subscription))
            Volatile.Write(ref _entries, [.. _entries.Where(entry => entry.Subscription != subscription)]);
    }

    public PublishOutcome Publish(in T @event)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        EventContext context = Begin(thread, thread.Innermost, entries[0].Subscription);
        Deliver(entries, @event, context, thread);
        return PublishOutcome.Published;
    }

    public PublishOutcome Publish(in T @event, in EventIds ids)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        EventContext? parent = thread.Innermost;
        LoopGuard.CheckReentry(parent, Descriptor, ids.Id);
        EventContext context = Begin(thread, parent, entries[0].Subscription);
        context.Adopt(ids);
        Deliver(entries, @event, context, thread);
        return PublishOutcome.Published;
    }

    public PublishOutcome PublishInPlaceOf(in T @event, EventContext original)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        // Beside the original, not below it: the same id is no loop, and an upcast costs no level of nesting.
        EventContext context = Begin(thread, original.Parent, entries[0].Subscription);
        context.Adopt(new EventIds { Id = original.Id, CorrelationId = original.CorrelationId, CausationId = original.CausationId });
        Deliver(entries, @event, context, thread);
        return PublishOutcome.Published;
    }

    private EventContext Begin(BusThread thread, EventContext? parent, BusSubscription first)
    {
        LoopGuard.CheckDepth(parent, Descriptor, bus.MaxDepth);
        // May throw where handlers are nested too deeply, so before anything is taken.
        thread.Scope.Enter(first);
        EventContext context = thread.Push();
        context.Begin(bus, Descriptor, parent);
        return context;
    }

    private void Deliver(Entry[] entries, in T @event, EventContext context, BusThread thread)
    {
        Published.Increment(thread);
        int next = 0;
        while (next < entries.Length)
            next = DeliverUntilError(entries, next, @event, context, thread);
        thread.Pop();
        thread.Scope.Exit();
    }

    /// <summary>Calls handlers from <paramref name="next"/> on; ends after the last one or after one that threw.</summary>
    private static int DeliverUntilError(Entry[] entries, int next, in T @event, EventContext context, BusThread thread)
    {
        HandlerScope scope = thread.Scope;
        try
        {
            for (; next < entries.Length; next++)
            {
                ref readonly Entry entry = ref entries[next];
                scope.Replace(entry.Subscription);
                if (!entry.Subscription.IsActive || (entry.Filter is not null && !Passes(entry, @event, context)))
                    continue;
                entry.Subscription.CountDelivered(thread);
                entry.Handler(@event, context);
            }

            return next;
        }
        catch (Exception exception)
        {
            entries[next].Subscription.ReportError(context, exception);
            return next + 1;
        }
    }

    private static bool Passes(in Entry entry, in T @event, EventContext context)
    {
        Envelope envelope = context.ToEnvelope();
        FilterVerdict verdict = entry.Filter!.EvaluateBatch(envelope);
        return verdict == FilterVerdict.All || (verdict == FilterVerdict.PerEvent && entry.Filter.Matches(@event, envelope));
    }

    private readonly record struct Entry(BusSubscription Subscription, BusAction<T> Handler, EventFilter<T>? Filter);
}
