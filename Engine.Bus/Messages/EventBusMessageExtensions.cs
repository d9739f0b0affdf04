using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>Subscribes to a bus's events as messages that are acknowledged.</summary>
public static class EventBusMessageExtensions
{
    /// <summary>Subscribes to one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="options">How the subscription works.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static MessageSubscription SubscribeMessages<T>(this IEventBus bus, MessageSubscriptionOptions? options = null)
        where T : IEvent<T> =>
        bus.SubscribeMessages([T.Descriptor.Name], options);

    /// <summary>Subscribes to the event types whose names match a topic.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="topic">A name or a pattern: see <see cref="EventNamePattern"/>.</param>
    /// <param name="options">How the subscription works.</param>
    /// <exception cref="FormatException">The topic is not a pattern.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static MessageSubscription SubscribeMessages(this IEventBus bus, string topic, MessageSubscriptionOptions? options = null) =>
        bus.SubscribeMessages([topic], options);

    /// <summary>
    /// Subscribes to the event types whose names match one of several topics. An event that several match is delivered once.
    /// </summary>
    /// <param name="bus">The bus.</param>
    /// <param name="topics">Names or patterns: see <see cref="EventNamePattern"/>. At least one.</param>
    /// <param name="options">How the subscription works.</param>
    /// <exception cref="ArgumentException">There is no topic.</exception>
    /// <exception cref="FormatException">A topic is not a pattern.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static MessageSubscription SubscribeMessages(
        this IEventBus bus, IEnumerable<string> topics, MessageSubscriptionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(topics);
        EventNamePattern[] patterns = [.. topics.Select(EventNamePattern.Parse)];
        if (patterns.Length == 0)
            throw new ArgumentException("A message subscription needs at least one topic; got none.", nameof(topics));
        options ??= new MessageSubscriptionOptions();
        if (bus is EventBus own)
            options = options.WithDefaults(own.MessageDefaults);
        options.Validate();
        return new MessageSubscription(bus, patterns, options);
    }
}
