using Engine.Events;

namespace Engine.Bus;

/// <summary>A handler or a filter of a bus threw.</summary>
/// <param name="SubscriptionId">Id of the subscription.</param>
/// <param name="SubscriptionName">Its name.</param>
/// <param name="EventType">The event type.</param>
/// <param name="EventId">The event's id.</param>
/// <param name="Exception">What was thrown.</param>
public readonly record struct BusHandlerError(
    long SubscriptionId, string SubscriptionName, EventDescriptor EventType, Guid EventId, Exception Exception);
