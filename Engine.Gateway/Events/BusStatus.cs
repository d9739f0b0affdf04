using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>bus_status</c>: the counters of a bus. The resource is the bus.</summary>
/// <param name="State">Where it is in its life.</param>
/// <param name="Health">How it is: <c>normal</c>, <c>degraded</c>, <c>unhealthy</c>.</param>
/// <param name="Published">Events published while somebody was subscribed.</param>
/// <param name="Topics">Event types it knows.</param>
/// <param name="Subscriptions">Its subscriptions; at most 100.</param>
/// <param name="OmittedSubscriptions">Subscriptions that are not in the list.</param>
/// <param name="Troubles">What is wrong, a line each.</param>
public sealed record BusStatus(
    string State,
    string Health,
    long Published,
    int Topics,
    IReadOnlyList<BusSubscriptionStatus> Subscriptions,
    int OmittedSubscriptions,
    IReadOnlyList<string> Troubles) : IGatewayEvent<BusStatus>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("bus.status");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems().Required(State, "state").NotNull(Subscriptions, "subscriptions")
        .NotNull(Troubles, "troubles").Found;
}

/// <summary>The counters of a subscription.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Takes">The event names it takes; <c>messages</c> for a subscription to messages.</param>
/// <param name="Mode">Where its handler runs.</param>
/// <param name="Delivered">Events that the handler was called with.</param>
/// <param name="Errors">Events on which it failed.</param>
/// <param name="Retried">Tries after the first.</param>
/// <param name="Queued">Events that wait.</param>
/// <param name="Capacity">Events that may wait; 0 if there is no queue.</param>
/// <param name="Lost">Events refused, dropped or discarded.</param>
/// <param name="P99Us">From queueing to the end of the handler for 99 of 100, in microseconds.</param>
public sealed record BusSubscriptionStatus(
    string Name,
    string Takes,
    string Mode,
    long Delivered,
    long Errors,
    long Retried,
    long Queued,
    long Capacity,
    long Lost,
    double P99Us);
