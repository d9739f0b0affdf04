using Engine.Bus.Delivery;
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
    private readonly QueuedEventPool<T> _pool = new();
    private Entry[] _entries = [];

    public override int SubscriptionCount => Volatile.Read(ref _entries).Length;

    public override PoolStatistics EventPool => _pool.EventStatistics;

    public override PoolStatistics BatchPool => _pool.BatchStatistics;

    /// <summary>Adds a subscription. Under the bus's lock.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="handler">A <see cref="BusAction{T}"/>, <see cref="AsyncBusAction{T}"/> or <see cref="BatchBusAction{T}"/>.</param>
    /// <param name="filter">Which events it gets; null for all.</param>
    /// <param name="orderingKey">Which events must stay in order; null if that is not said.</param>
    public void Add(BusSubscription subscription, Delegate handler, EventFilter<T>? filter, OrderingKeySelector<T>? orderingKey)
    {
        if (subscription.Options.AnyFilter?.For<T>() is { } any)
            filter = filter is null ? any : any.And(filter);
        var binding = new HandlerBinding<T>(bus, subscription, _pool, handler, orderingKey);
        if (subscription.Kind == HandlerKind.Batch)
            subscription.Queue!.BatchInvoker = binding;
        // Stable: equal priorities keep the order of subscription.
        Entry[] entries = [.. _entries.Append(EntryOf(subscription, binding, filter)).OrderByDescending(static e => e.Subscription.Priority)];
        Volatile.Write(ref _entries, entries);
    }

    public override void AddMatching(BusSubscription subscription, object handler)
    {
        if (!subscription.Pattern.Matches(Descriptor.Name))
            return;
        // The delegate binds the generic method once, not at every event.
        Delegate bound = handler is IAnyEventHandler any ? (BusAction<T>)any.Handle : (AsyncBusAction<T>)((IAnyAsyncEventHandler)handler).HandleAsync;
        Add(subscription, bound, filter: null, orderingKey: null);
    }

    public override void Rebind(BusSubscription subscription) => Volatile.Write(
        ref _entries,
        [.. _entries.Select(entry => entry.Subscription == subscription ? EntryOf(subscription, entry.Binding, entry.Filter) : entry)]);

    public override void Remove(BusSubscription subscription)
    {
        if (_entries.Any(entry => entry.Subscription == subscription))
            Volatile.Write(ref _entries, [.. _entries.Where(entry => entry.Subscription != subscription)]);
    }

    public PublishOutcome Publish(in T @event, in EventIds ids, RoomWaits? waits)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        EventContext? parent = thread.Innermost;
        LoopGuard.CheckReentry(parent, Descriptor, ids.Id);
        if (Begin(thread, parent, entries[0].Subscription) is not { } context)
            return PublishOutcome.Stopped;
        context.Adopt(ids);
        context.Waits = waits;
        Deliver(entries, @event, context, thread);
        context.Waits = null;
        return context.Outcome;
    }

    public PublishOutcome Publish(in T @event)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        if (Begin(thread, thread.Innermost, entries[0].Subscription) is not { } context)
            return PublishOutcome.Stopped;
        Deliver(entries, @event, context, thread);
        return context.Outcome;
    }

    /// <summary>Publishes an event that comes from an engine.</summary>
    public PublishOutcome Publish(in T @event, in Envelope origin)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        if (Begin(thread, thread.Innermost, entries[0].Subscription) is not { } context)
            return PublishOutcome.Stopped;
        context.Adopt(origin);
        Deliver(entries, @event, context, thread);
        return context.Outcome;
    }

    /// <summary>Publishes an event that stands for one of another type that is being handled.</summary>
    public PublishOutcome PublishInPlaceOf(in T @event, EventContext original)
    {
        Entry[] entries = Volatile.Read(ref _entries);
        if (entries.Length == 0)
            return PublishOutcome.NotSubscribed;
        BusThread thread = BusThread.Current;
        // No look at depth and state: the original has passed both, and this is no further event.
        thread.Scope.Enter(entries[0].Subscription);
        EventContext context = thread.Push();
        context.BeginInPlaceOf(original, bus, Descriptor);
        Deliver(entries, @event, context, thread);
        context.EndInPlaceOf(original);
        return context.Outcome;
    }

    private EventContext? Begin(BusThread thread, EventContext? parent, BusSubscription first)
    {
        LoopGuard.CheckDepth(parent, Descriptor, bus);
        // May throw where handlers are nested too deeply, so before anything is taken.
        thread.Scope.Enter(first);
        // After the scope is entered: the one who stops the bus looks for publishers that did not see it stopping.
        if (bus.RefusesPublishers && !bus.TakesFrom(parent))
        {
            thread.Scope.Exit();
            return null;
        }

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
                if (entry.IsDirect)
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

    private static Entry EntryOf(BusSubscription subscription, HandlerBinding<T> binding, EventFilter<T>? filter) =>
        subscription.Queue is null
            ? new Entry(subscription, binding.Direct!, filter, IsDirect: true, binding)
            : new Entry(subscription, binding.Deliver, filter, IsDirect: false, binding);

    private readonly record struct Entry(
        BusSubscription Subscription, BusAction<T> Handler, EventFilter<T>? Filter, bool IsDirect, HandlerBinding<T> Binding);
}
