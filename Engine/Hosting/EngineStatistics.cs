using Engine.Diagnostics;

namespace Engine.Hosting;

/// <summary>Counters of an engine at one moment. Exact when no publisher and no dispatcher is at work.</summary>
/// <param name="State">State of the engine.</param>
/// <param name="EventTypes">Per event type, in order of registration.</param>
/// <param name="Subscriptions">Per active subscription, in order of id.</param>
/// <param name="Dispatchers">Per dispatcher thread.</param>
public sealed record EngineStatistics(
    EngineState State,
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
}
