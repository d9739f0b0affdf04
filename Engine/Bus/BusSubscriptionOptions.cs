using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>How a subscription to a bus is delivered. Immutable.</summary>
public record BusSubscriptionOptions
{
    /// <summary>The options a subscription gets when none are given: priority 0.</summary>
    public static BusSubscriptionOptions Default { get; } = new();

    /// <summary>A name for statistics and error reports; by default <c>subscription-N</c>.</summary>
    public string? Name { get; init; }

    /// <summary>Handlers of one event are called in descending order of priority, and in order of subscription where it is equal.</summary>
    public int Priority { get; init; }

    /// <summary>Which events the handler gets, of whatever type; null for all. Where there is a filter of one event type too, an event has to pass both.</summary>
    public AnyEventFilter? AnyFilter { get; init; }
}

/// <summary>How a subscription to one event type of a bus is delivered. Immutable.</summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed record BusSubscriptionOptions<T> : BusSubscriptionOptions
    where T : IEvent<T>
{
    /// <summary>The options a subscription gets when none are given: priority 0, no filter.</summary>
    public static new BusSubscriptionOptions<T> Default { get; } = new();

    /// <summary>Which events the handler gets; null for all.</summary>
    public EventFilter<T>? Filter { get; init; }
}
