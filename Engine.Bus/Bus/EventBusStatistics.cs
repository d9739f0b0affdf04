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
    BusDispatchStatistics Dispatchers)
{
    /// <summary>The state, and a line for the dispatchers, each event type and each subscription.</summary>
    public override string ToString()
    {
        IEnumerable<object> lines = [$"dispatchers: {Dispatchers}", .. Topics, .. Subscriptions];
        return string.Concat(lines.Select(static line => $"\n  {line}").Prepend(
            $"bus \"{Name}\": {State}, event types {Topics.Count}, subscriptions {Subscriptions.Count}"));
    }
}

/// <summary>The counters of one event type.</summary>
/// <param name="Name">The event type's name.</param>
/// <param name="Published">Events published while somebody was subscribed.</param>
/// <param name="SubscriptionCount">Subscriptions that take it, by type or by pattern.</param>
/// <param name="EventPool">The pool that queued events come from.</param>
/// <param name="BatchPool">The pool that batches come from.</param>
public sealed record BusTopicStatistics(string Name, long Published, int SubscriptionCount, PoolStatistics EventPool, PoolStatistics BatchPool)
{
    /// <summary>The figures in one line, for people; without pools that nothing was taken from.</summary>
    public override string ToString() =>
        $"{Name}: published {ReadableText.Count(Published)}, subscriptions {SubscriptionCount}{Of("events", EventPool)}{Of("batches", BatchPool)}";

    private static string Of(string what, PoolStatistics pool) =>
        pool.RentedCount == 0 ? "" : $"; pooled {what}: {pool}";
}

/// <summary>The counters of one subscription.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">Which event names it takes.</param>
/// <param name="Mode">The mode that its options, or the bus's, ask for.</param>
/// <param name="DeliveredCount">Events handed to the handler, those it threw on included; each counts once, however often it is tried.</param>
/// <param name="ErrorCount">Events on which the handler failed for good, and times its filter threw.</param>
/// <param name="Queue">The queue's counters; null for a handler that publishers call directly.</param>
public sealed record BusSubscriptionStatistics(
    long Id, string Name, string Pattern, ProcessingMode Mode, long DeliveredCount, long ErrorCount, QueueStatistics? Queue)
{
    /// <summary>The figures in one line, for people.</summary>
    public override string ToString()
    {
        string text = $"\"{Name}\" ({Pattern}), {Mode}: delivered {ReadableText.Count(DeliveredCount)}, errors {ReadableText.Count(ErrorCount)}";
        return Queue is null
            ? text
            : $"{text}; queued {ReadableText.Count(Queue.Queued)} of {ReadableText.Count(Queue.Capacity)}, in flight {ReadableText.Count(Queue.InFlight)}";
    }
}
