using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bus.Calls;
using Engine.Bus.Delivery;
using Engine.Bus.Handlers;
using Engine.Bus.Queues;
using Engine.Bus.Retry;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>A bus within the process. Publishing takes no lock and, in the steady state, allocates nothing.</summary>
[DebuggerDisplay("{ToString(),nq}, {_subscriptions.Count} subscriptions, {_topicsByName.Count} event types")]
public sealed partial class EventBus : IEventBus, IAsyncDisposable
{
    private readonly Lock _changeLock = new();
    private readonly Dictionary<string, TopicRuntime> _topicsByName = [];
    private readonly Dictionary<long, BusSubscription> _subscriptions = [];
    private readonly List<(BusSubscription Subscription, AnyForm Handler)> _patterns = [];
    private EventBusOptions _options;
    private HandlerPipeline? _retry;
    private TopicRuntime?[] _topics = new TopicRuntime?[16];
    private readonly List<IBusMessages> _messages = [];
    private readonly long _made;
    private long _lastId;
    private int _version;

    /// <summary>Makes a bus.</summary>
    /// <param name="name">Its name, for statistics and reports.</param>
    /// <param name="options">How it works. Read here; for later changes there is <see cref="UpdateOptions"/>.</param>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    /// <exception cref="InvalidBusOptionsException">Options break rules; the message lists all of them.</exception>
    public EventBus(string name = "bus", EventBusOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        options ??= new EventBusOptions();
        options.Validate();
        Core = new BusCore(name, options);
        _made = Core.TimeProvider.GetTimestamp();
        _options = options.Copy();
        MessageDefaults = _options.Messages;
        _retry = HandlerPipeline.OrNone(_options.Retry, own: null, Core.TimeProvider);
    }

    /// <inheritdoc/>
    public string Name => Core.Name;

    internal BusCore Core { get; }

    /// <summary>What subscriptions to messages get where their own options do not say otherwise. Not changed.</summary>
    internal MessageOptions MessageDefaults { get; }

    /// <inheritdoc/>
    public BusTopic<T> GetTopic<T>()
        where T : IEvent<T> =>
        new(TopicOf<T>());

    /// <inheritdoc/>
    public PublishOutcome Publish<T>(in T @event)
        where T : IEvent<T> =>
        TopicOf<T>().Publish(@event);

    /// <inheritdoc/>
    public PublishOutcome Publish<T>(in T @event, in EventIds ids)
        where T : IEvent<T> =>
        TopicOf<T>().Publish(@event, ids, waits: null);

    /// <inheritdoc/>
    public ValueTask<PublishOutcome> PublishAsync<T>(T @event, EventIds ids = default, CancellationToken cancellationToken = default)
        where T : IEvent<T> =>
        TopicOf<T>().PublishAsync(@event, ids, cancellationToken);

    /// <inheritdoc/>
    public BusSubscription Subscribe<T>(BusAction<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T> =>
        Add(new SyncForm<T>(NotNull(handler)), options);

    /// <inheritdoc/>
    [OverloadResolutionPriority(1)]
    public BusSubscription Subscribe<T>(IBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return handler is IEitherHandler { IsAsync: true }
            ? Subscribe((IAsyncBusHandler<T>)handler, options)
            : Subscribe((BusAction<T>)handler.Handle, options);
    }

    /// <inheritdoc/>
    public BusSubscription Subscribe<T>(
        Func<T, EventContext, CancellationToken, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T> =>
        Add(new AsyncForm<T>(NotNull(handler)), options);

    /// <inheritdoc/>
    public BusSubscription Subscribe<T>(IAsyncBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Subscribe((Func<T, EventContext, CancellationToken, ValueTask>)handler.HandleAsync, options);
    }

    /// <inheritdoc/>
    public BusSubscription SubscribeBatch<T>(
        Func<EventBatch<T>, CancellationToken, ValueTask> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T> =>
        Add(new BatchForm<T>(NotNull(handler)), options);

    /// <inheritdoc/>
    public BusSubscription SubscribeBatch<T>(IBatchBusHandler<T> handler, BusSubscriptionOptions<T>? options = null)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return SubscribeBatch<T>(handler.HandleAsync, options);
    }

    /// <inheritdoc/>
    [OverloadResolutionPriority(1)]
    public BusSubscription Subscribe(string pattern, IBusAnyHandler handler, BusSubscriptionOptions? options = null) =>
        NotNull(handler) is IEitherHandler { IsAsync: true }
            ? Subscribe(pattern, (IAsyncBusAnyHandler)handler, options)
            : AddPattern(pattern, new AnyForm(handler), options);

    /// <inheritdoc/>
    public BusSubscription Subscribe(string pattern, IAsyncBusAnyHandler handler, BusSubscriptionOptions? options = null) =>
        AddPattern(pattern, new AnyForm(NotNull(handler)), options);

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
        // Outside the lock: they have locks of their own.
        MessageSubscriptionStatistics[] messages =
            [.. Messages().Select(static source => source.GetStatistics()).OrderBy(static s => s.Id)];
        lock (_changeLock)
        {
            return new EventBusStatistics(
                Name,
                State,
                Core.TimeProvider.GetUtcNow(),
                Core.TimeProvider.GetElapsedTime(_made),
                _version,
                [.. _topicsByName.Values.OrderBy(static topic => topic.Descriptor.Name, StringComparer.Ordinal).Select(static topic =>
                    new BusTopicStatistics(topic.Descriptor.Name, topic.PublishedCount, topic.SubscriptionCount, topic.EventPool))],
                [.. _subscriptions.Values.OrderBy(static s => s.Id).Select(static s =>
                    new BusSubscriptionStatistics(
                        s.Id, s.Name, s.Pattern.Text, s.Mode, s.DeliveredCount, s.ErrorCount, s.Queue?.GetStatistics())
                    {
                        DirectTime = s.Queue is null ? s.Core.CallTimes : null,
                    })],
                messages,
                Core.Scheduler.GetStatistics());
        }
    }

    /// <summary>The name and the state.</summary>
    public override string ToString() => $"bus \"{Name}\" ({State})";

    /// <summary>Has the counters of a message subscription among the bus's own, and has it end with the bus.</summary>
    /// <exception cref="ObjectDisposedException">The bus has stopped.</exception>
    internal void Add(IBusMessages messages)
    {
        lock (_changeLock)
        {
            // A stop that begins now finds it; one that has closed everything does not.
            ObjectDisposedException.ThrowIf(State == LifecycleState.Stopped, this);
            _messages.Add(messages);
        }
    }

    /// <summary>Lets go of a message subscription that has ended.</summary>
    internal void Remove(IBusMessages messages)
    {
        lock (_changeLock)
            _messages.Remove(messages);
    }

    /// <summary>Whether an event of the type would reach anybody.</summary>
    internal bool IsWanted<T>()
        where T : IEvent<T> =>
        TopicOf<T>().SubscriptionCount > 0;

    /// <summary>Publishes an event that stands for one that is being handled: with its ids, and as deep as it, not deeper.</summary>
    internal PublishOutcome PublishInPlaceOf<T>(in T @event, EventContext original)
        where T : IEvent<T> =>
        TopicOf<T>().PublishInPlaceOf(@event, original);

    /// <summary>Whether a subscription takes events of the type.</summary>
    internal bool IsSubscribed<T>(BusSubscription subscription)
        where T : IEvent<T> =>
        TopicOf<T>().Has(subscription.Core);

    /// <summary>Delivers an event to one subscription.</summary>
    internal PublishOutcome Deliver<T>(BusSubscription subscription, in T @event, in EventIds ids, int attempt)
        where T : IEvent<T> =>
        TopicOf<T>().Deliver(subscription.Core, @event, ids, attempt);

    internal void Remove(BusSubscription subscription)
    {
        lock (_changeLock)
        {
            if (!_subscriptions.Remove(subscription.Id))
                return;
            subscription.Core.MarkCancelled();
            _patterns.RemoveAll(entry => entry.Subscription == subscription);
            foreach (TopicRuntime topic in _topicsByName.Values)
                topic.Remove(subscription.Core);
            _version++;
        }

        subscription.Queue?.End();
        ReconcileAttachments();
    }

    /// <summary>Closes the accounts of a subscription that was removed, after no publisher is inside of it any more.</summary>
    internal void Settle(BusSubscription subscription)
    {
        if (!subscription.Core.HasDirectCounts)
            return;
        lock (_changeLock)
        {
            foreach (TopicRuntime topic in _topicsByName.Values)
                topic.Settle(subscription.Core);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal TopicRuntime<T> TopicOf<T>()
        where T : IEvent<T>
    {
        TopicRuntime?[] topics = Volatile.Read(ref _topics);
        int index = TopicRuntime<T>.Index;
        return index < topics.Length && topics[index] is { } topic ? Unsafe.As<TopicRuntime<T>>(topic) : AddTopic<T>();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TopicRuntime<T> AddTopic<T>()
        where T : IEvent<T>
    {
        int index = TopicRuntime<T>.Index;
        lock (_changeLock)
        {
            if (index < _topics.Length && _topics[index] is { } known)
                return (TopicRuntime<T>)known;
            var topic = new TopicRuntime<T>(Core, EventDescriptor.Of<T>());
            if (_topicsByName.ContainsKey(topic.Descriptor.Name))
            {
                throw new InvalidOperationException(
                    $"Event name \"{topic.Descriptor.Name}\" is that of another event type on bus \"{Name}\"; "
                        + $"{typeof(T)} needs a name of its own.");
            }

            Complete(topic);
            var topics = new TopicRuntime?[Math.Max(_topics.Length, index + 1)];
            _topics.CopyTo(topics, 0);
            topics[index] = topic;
            Volatile.Write(ref _topics, topics);
            return topic;
        }
    }

    /// <summary>Gives a new topic its subscriptions, and enters it by its name. Under the lock.</summary>
    private void Complete(TopicRuntime topic)
    {
        foreach ((BusSubscription subscription, AnyForm handler) in _patterns)
            topic.AddMatching(subscription.Core, handler);
        // Complete, or not there at all.
        _topicsByName.Add(topic.Descriptor.Name, topic);
    }

    private BusSubscription Add<T>(HandlerForm<T> handler, BusSubscriptionOptions<T>? options)
        where T : IEvent<T>
    {
        options ??= BusSubscriptionOptions<T>.Default;
        TopicRuntime<T> topic = TopicOf<T>();
        // Foreign code first: what it throws is the caller's, and nothing is subscribed.
        EventFilter<T>? filter = options.AnyFilter is { } any ? LateFilter<T>.MakeOrThrow(any) : null;
        if (options.Passing is { } own)
            filter = filter is null ? own : filter.And(own);
        BusSubscription subscription;
        lock (_changeLock)
        {
            subscription = Register(topic.Pattern, options, handler, isKeyed: options.OrderingKey is not null);
            topic.Add(subscription.Core, handler.Bound, filter, options.OrderingKey);
        }

        ReconcileAttachments();
        return subscription;
    }

    private BusSubscription AddPattern(string pattern, AnyForm handler, BusSubscriptionOptions? options)
    {
        EventNamePattern parsed = EventNamePattern.Parse(pattern);
        BusSubscription subscription;
        lock (_changeLock)
        {
            subscription = Register(parsed, options ?? BusSubscriptionOptions.Default, handler, isKeyed: false);
            _patterns.Add((subscription, handler));
            foreach (TopicRuntime topic in _topicsByName.Values)
                topic.AddMatching(subscription.Core, handler);
        }

        ReconcileAttachments();
        return subscription;
    }

    private static THandler NotNull<THandler>(THandler handler)
        where THandler : class
    {
        ArgumentNullException.ThrowIfNull(handler);
        return handler;
    }

    private BusSubscription Register(EventNamePattern pattern, BusSubscriptionOptions options, HandlerForm handler, bool isKeyed)
    {
        ObjectDisposedException.ThrowIf(State is LifecycleState.Stopping or LifecycleState.Stopped, this);
        DeliverySettings settings = DeliverySettings.From(options, _options, handler.Kind, _retry);
        var core = new SubscriptionCore(Core, _lastId + 1, pattern, options, new RunnerSource(handler), settings, isKeyed);
        var subscription = new BusSubscription(this, core);
        _lastId++;
        _subscriptions.Add(subscription.Id, subscription);
        _version++;
        return subscription;
    }
}
