using Engine.Primitives;

namespace Engine.Bus;

/// <summary>The counters of a bus at one moment.</summary>
/// <param name="Name">The bus's name.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="SubscriptionVersion">Changes whenever a subscription comes or goes.</param>
/// <param name="Topics">One entry per event type that was published or subscribed to, by name.</param>
/// <param name="Subscriptions">One entry per active subscription, by id.</param>
/// <param name="Dispatchers">What serves the queues.</param>
public sealed record EventBusStatistics(
    string Name,
    LifecycleState State,
    int SubscriptionVersion,
    IReadOnlyList<BusTopicStatistics> Topics,
    IReadOnlyList<BusSubscriptionStatistics> Subscriptions,
    BusDispatchStatistics Dispatchers);

/// <summary>The counters of one event type.</summary>
/// <param name="Name">The event type's name.</param>
/// <param name="Published">Events published while somebody was subscribed.</param>
/// <param name="SubscriptionCount">Subscriptions that take it, by type or by pattern.</param>
/// <param name="EventPool">The pool that queued events come from.</param>
/// <param name="BatchPool">The pool that batches come from.</param>
public sealed record BusTopicStatistics(string Name, long Published, int SubscriptionCount, PoolStatistics EventPool, PoolStatistics BatchPool);

/// <summary>The counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">Which event names it takes.</param>
/// <param name="Mode">The mode that its options, or the bus's, ask for.</param>
/// <param name="DeliveredCount">Events handed to the handler, those it threw on included; each counts once, however often it is tried.</param>
/// <param name="ErrorCount">Events on which the handler failed for good, and times its filter threw.</param>
/// <param name="Queue">The queue's counters; null for a handler that publishers call directly.</param>
public sealed record BusSubscriptionStatistics(
    long Id, string Name, string Pattern, ProcessingMode Mode, long DeliveredCount, long ErrorCount, QueueStatistics? Queue);
