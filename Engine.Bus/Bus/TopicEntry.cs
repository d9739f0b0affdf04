using Engine.Bus.Queues;
using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>One subscription in a topic.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="Number">The subscription's number in handler scopes.</param>
/// <param name="Subscription">The subscription.</param>
/// <param name="Handler">The handler, or what queues for it.</param>
/// <param name="Filter">Which events it gets; null for all.</param>
/// <param name="Delivered">Counts calls of the handler; null if the queue counts.</param>
/// <param name="Intake">What <paramref name="Handler"/> was taken from.</param>
internal readonly record struct TopicEntry<T>(
    long Number, SubscriptionCore Subscription, BusAction<T> Handler,
    EventFilter<T>? Filter, ThreadCounter? Delivered, QueueIntake<T> Intake)
    where T : IEvent<T>;
