using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Bus.Messages;

/// <summary>Subscribes to a bus's events as messages that are acknowledged.</summary>
public static class EventBusMessageExtensions
{
    /// <summary>Subscribes to one event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="options">How the subscription works.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static MessageSubscription<T> SubscribeMessages<T>(this IEventBus bus, MessageSubscriptionOptions<T>? options = null)
        where T : IEvent<T> =>
        Subscribe(bus, options ?? new MessageSubscriptionOptions<T>(), options?.Passing, options?.OrderingKey);

    /// <inheritdoc cref="SubscribeMessages{T}(IEventBus, MessageSubscriptionOptions{T}?)"/>
    public static MessageSubscription<T> SubscribeMessages<T>(this IEventBus bus, MessageSubscriptionOptions options)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(options);
        return options is MessageSubscriptionOptions<T> typed
            ? bus.SubscribeMessages(typed)
            : Subscribe<T>(bus, options, filter: null, orderingKey: null);
    }

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
        var busOptions = new BusSubscriptionOptions
        {
            Name = MessageSubscriptionCore.NameOf(options, patterns),
            Priority = options.Priority,
            AnyFilter = options.AnyFilter,
            Mode = ProcessingMode.Sync,
            Retry = RetryOptions.None,
        };
        return new MessageSubscription(new MessageSubscriptionCore(
            bus, patterns, options, options.KeepsKeyOrder,
            (queue, i) => bus.Subscribe(patterns[i].Text, new MessageIntake(queue, patterns, i, options.KeepsKeyOrder), busOptions)));
    }

    // The message is copied while the publisher is there; whatever the bus's defaults are, there is nothing to queue or retry.
    private static MessageSubscription<T> Subscribe<T>(
        IEventBus bus, MessageSubscriptionOptions options, EventFilter<T>? filter, OrderingKeySelector<T>? orderingKey)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(bus);
        if (bus is EventBus own)
            options = options.WithDefaults(own.MessageDefaults);
        options.Validate();
        EventNamePattern[] patterns = [EventNamePattern.Parse(T.Descriptor.Name)];
        var busOptions = new BusSubscriptionOptions<T>
        {
            Name = MessageSubscriptionCore.NameOf(options, patterns),
            Priority = options.Priority,
            AnyFilter = options.AnyFilter,
            Filter = filter,
            Mode = ProcessingMode.Sync,
            Retry = RetryOptions.None,
        };
        return new MessageSubscription<T>(new MessageSubscriptionCore(
            bus, patterns, options, orderingKey is not null || options.KeepsKeyOrder,
            (queue, _) => bus.Subscribe(new MessageIntake<T>(queue, orderingKey, options.KeepsKeyOrder), busOptions)));
    }
}
