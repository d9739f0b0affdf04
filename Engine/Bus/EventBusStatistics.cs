namespace Engine.Bus;

/// <summary>The counters of a bus at one moment.</summary>
/// <param name="Name">The bus's name.</param>
/// <param name="SubscriptionVersion">Changes whenever a subscription comes or goes.</param>
/// <param name="Topics">One entry per event type that was published or subscribed to, by name.</param>
/// <param name="Subscriptions">One entry per active subscription, by id.</param>
public sealed record EventBusStatistics(
    string Name, int SubscriptionVersion, IReadOnlyList<BusTopicStatistics> Topics, IReadOnlyList<BusSubscriptionStatistics> Subscriptions);

/// <summary>The counters of one event type.</summary>
/// <param name="Name">The event type's name.</param>
/// <param name="Published">Events published while somebody was subscribed.</param>
/// <param name="SubscriptionCount">Subscriptions that take it, by type or by pattern.</param>
public sealed record BusTopicStatistics(string Name, long Published, int SubscriptionCount);

/// <summary>The counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">Which event names it takes.</param>
/// <param name="DeliveredCount">Events handed to the handler, those it threw on included.</param>
/// <param name="ErrorCount">Times the handler or its filter threw.</param>
public sealed record BusSubscriptionStatistics(long Id, string Name, string Pattern, long DeliveredCount, long ErrorCount);
