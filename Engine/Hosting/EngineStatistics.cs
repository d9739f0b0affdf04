using Engine.Diagnostics;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Hosting;

/// <summary>Counters of an engine at one moment. Exact when no publisher and no dispatcher is at work.</summary>
/// <param name="State">State of the engine.</param>
/// <param name="EventTypes">Per event type, in order of registration.</param>
/// <param name="Subscriptions">Per active subscription, in order of id.</param>
/// <param name="Dispatchers">Per dispatcher thread.</param>
public sealed record EngineStatistics(
    LifecycleState State,
    IReadOnlyList<EventTypeStatistics> EventTypes,
    IReadOnlyList<SubscriptionStatistics> Subscriptions,
    IReadOnlyList<DispatcherStatistics> Dispatchers)
{
    /// <summary>The statistics of an event type.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">The engine has no event type of that name.</exception>
    public EventTypeStatistics this[string name] =>
        EventTypes.FirstOrDefault(type => type.Name == name)
        ?? throw new KeyNotFoundException($"The engine has no event type \"{name}\".");

    /// <summary>The statistics of an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <exception cref="KeyNotFoundException">The engine has no such event type.</exception>
    public EventTypeStatistics Of<T>()
        where T : unmanaged, IEvent<T> =>
        this[T.Descriptor.Name];

    /// <summary>
    /// The state, and a line for each dispatcher, each subscription, and each event type that somebody published or subscribed to.
    /// </summary>
    public override string ToString()
    {
        IEnumerable<object> lines =
        [
            .. Dispatchers,
            .. EventTypes.Where(static type => type.Ledger.Offered > 0 || type.SubscriptionCount > 0),
            .. Subscriptions,
        ];
        return string.Concat(lines.Select(static line => $"\n  {line}").Prepend(
            $"{State}, event types {EventTypes.Count}, subscriptions {Subscriptions.Count}, dispatchers {Dispatchers.Count}"));
    }
}
