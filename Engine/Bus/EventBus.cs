using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>A bus within the process. Publishing takes no lock and allocates nothing.</summary>
public sealed class EventBus : IEventBus
{
    private readonly Lock _changeLock = new();
    private readonly Dictionary<string, BusTopic> _topicsByName = [];
    private readonly Dictionary<long, BusSubscription> _subscriptions = [];
    private readonly List<(BusSubscription Subscription, IAnyEventHandler Handler)> _patterns = [];
    private readonly Action<BusHandlerError>? _onHandlerError;
    private BusTopic?[] _topics = new BusTopic?[16];
    private long _lastId;
    private int _version;

    /// <summary>Makes a bus.</summary>
    /// <param name="name">Its name, for statistics and reports.</param>
    /// <param name="options">How it works.</param>
    /// <exception cref="ArgumentException">The name is empty, or an option is out of its range.</exception>
    public EventBus(string name = "bus", EventBusOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        options ??= new EventBusOptions();
        options.Validate();
        Name = name;
        MaxDepth = options.MaxDepth;
        Ids = new EventIdSource(options.TimeProvider);
        Producer = new ProducerInfo(ProducerInfo.SharedId, name, options.VmId);
        _onHandlerError = options.OnHandlerError;
    }

    /// <inheritdoc/>
    public string Name { get; }

    internal int MaxDepth { get; }

    internal EventIdSource Ids { get; }

    internal ProducerInfo Producer { get; }

    /// <inheritdoc/>
    public PublishOutcome Publish<T>(in T @event)
        where T : IEvent<T> =>
        TopicOf<T>().Publish(@event);

    /// <inheritdoc/>
    public PublishOutcome Publish<T>(in T @event, in EventIds ids)
        where T : IEvent<T> =>
        TopicOf<T>().Publish(@event, ids);

    /// <inheritdoc/>
    public BusSubscription Subscribe<T>(BusAction<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= BusSubscriptionOptions<T>.Default;
        BusTopic<T> topic = TopicOf<T>();
        lock (_changeLock)
        {
            BusSubscription subscription = Register(topic.Pattern, options);
            topic.Add(subscription, handler, options.Filter);
            return subscription;
        }
    }

    /// <inheritdoc/>
    public BusSubscription Subscribe<T>(IBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe(handler.Handle, options);
    }

    /// <inheritdoc/>
    public BusSubscription Subscribe(string pattern, IAnyEventHandler handler, BusSubscriptionOptions? options = null)
    {
        EventNamePattern parsed = EventNamePattern.Parse(pattern);
        ArgumentNullException.ThrowIfNull(handler);
        lock (_changeLock)
        {
            BusSubscription subscription = Register(parsed, options ?? BusSubscriptionOptions.Default);
            _patterns.Add((subscription, handler));
            foreach (BusTopic topic in _topicsByName.Values)
                topic.AddMatching(subscription, handler);
            return subscription;
        }
    }

    /// <inheritdoc/>
    public bool Unsubscribe(long subscriptionId)
    {
        BusSubscription? subscription;
        lock (_changeLock)
        {
            if (!_subscriptions.TryGetValue(subscriptionId, out subscription))
                return false;
        }

        subscription.Dispose();
        return true;
    }

    /// <inheritdoc/>
    public EventBusStatistics GetStatistics()
    {
        lock (_changeLock)
        {
            return new EventBusStatistics(
                Name,
                _version,
                [.. _topicsByName.Values.OrderBy(static topic => topic.Descriptor.Name, StringComparer.Ordinal).Select(static topic =>
                    new BusTopicStatistics(topic.Descriptor.Name, topic.Published.Value, topic.SubscriptionCount))],
                [.. _subscriptions.Values.OrderBy(static s => s.Id).Select(static s =>
                    new BusSubscriptionStatistics(s.Id, s.Name, s.Pattern.Text, s.DeliveredCount, s.ErrorCount))]);
        }
    }

    /// <summary>Whether an event of the type would reach anybody.</summary>
    internal bool IsWanted<T>()
        where T : IEvent<T> =>
        TopicOf<T>().SubscriptionCount > 0;

    /// <summary>Publishes an event that stands for one that is being handled: with its ids, and as deep as it, not deeper.</summary>
    internal PublishOutcome PublishInPlaceOf<T>(in T @event, EventContext original)
        where T : IEvent<T> =>
        TopicOf<T>().PublishInPlaceOf(@event, original);

    internal void Remove(BusSubscription subscription)
    {
        lock (_changeLock)
        {
            if (_subscriptions.Remove(subscription.Id))
            {
                subscription.Cancel();
                _patterns.RemoveAll(entry => entry.Subscription == subscription);
                foreach (BusTopic topic in _topicsByName.Values)
                    topic.Remove(subscription);
                _version++;
            }
        }

        // Outside the lock, so that the handler being waited for may itself subscribe and unsubscribe.
        HandlerScope.WaitUntilLeft(subscription);
    }

    internal void ReportError(in BusHandlerError error)
    {
        try
        {
            _onHandlerError?.Invoke(error);
        }
        catch (Exception)
        {
            // The error itself stays counted in the subscription.
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BusTopic<T> TopicOf<T>()
        where T : IEvent<T>
    {
        BusTopic?[] topics = Volatile.Read(ref _topics);
        int index = EventTypeIndex.Of<T>.Value;
        return index < topics.Length && topics[index] is { } topic ? Unsafe.As<BusTopic<T>>(topic) : AddTopic<T>();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private BusTopic<T> AddTopic<T>()
        where T : IEvent<T>
    {
        int index = EventTypeIndex.Of<T>.Value;
        lock (_changeLock)
        {
            if (index < _topics.Length && _topics[index] is { } known)
                return (BusTopic<T>)known;
            var topic = new BusTopic<T>(this, T.Descriptor);
            if (!_topicsByName.TryAdd(topic.Descriptor.Name, topic))
            {
                throw new InvalidOperationException(
                    $"Event name \"{topic.Descriptor.Name}\" is that of another event type on bus \"{Name}\"; {typeof(T)} needs a name of its own.");
            }

            foreach ((BusSubscription subscription, IAnyEventHandler handler) in _patterns)
                topic.AddMatching(subscription, handler);
            var topics = new BusTopic?[Math.Max(_topics.Length, index + 1)];
            _topics.CopyTo(topics, 0);
            topics[index] = topic;
            Volatile.Write(ref _topics, topics);
            return topic;
        }
    }

    private BusSubscription Register(EventNamePattern pattern, BusSubscriptionOptions options)
    {
        var subscription = new BusSubscription(this, ++_lastId, pattern, options);
        _subscriptions.Add(subscription.Id, subscription);
        _version++;
        return subscription;
    }
}
