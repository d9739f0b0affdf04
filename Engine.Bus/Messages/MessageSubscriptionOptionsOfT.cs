using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Messages;

/// <summary>How a message subscription to one event type works. Immutable.</summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed record MessageSubscriptionOptions<T> : MessageSubscriptionOptions
    where T : IEvent<T>
{
    /// <summary>
    /// Which events become messages; null for all. Asked on the publisher's thread; one that throws lets the event not pass. A filter of
    /// any event type can stand here too. Where there is an <see cref="MessageSubscriptionOptions.AnyFilter"/>, an event has to pass
    /// both.
    /// </summary>
    public new EventFilter<T>? Filter { get; init; }

    /// <summary>
    /// Which events become messages, as a lambda: <c>Where = order => order.Amount > 100</c>; null for all. Where there is a
    /// <see cref="Filter"/> too, an event has to pass both, and this is asked second. Must not block.
    /// </summary>
    public Func<T, bool>? Where { get; init; }

    /// <summary>
    /// Keeps the order of messages with the same key, however many consumers there are, and when one fails too: the next of a key is
    /// handed out only when the one before it is settled for good. Others go on meanwhile. Asked on the publisher's thread; an event on
    /// which it throws is rejected. A batch has at most one message of a key.
    /// </summary>
    public OrderingKeySelector<T>? OrderingKey { get; init; }

    /// <summary>What <see cref="Filter"/> and <see cref="Where"/> let pass; null for all. Makes a filter.</summary>
    internal EventFilter<T>? Passing => EventFilter.Both(Filter, Where);
}
