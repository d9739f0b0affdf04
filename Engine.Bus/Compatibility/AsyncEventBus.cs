using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;

namespace Engine.Compatibility;

/// <summary>
/// The older asynchronous bus, as an adapter of <see cref="IEventBus"/>: code that still uses it and code that has moved
/// on share one bus. Each handler has a bounded queue from which events are taken in batches, is called on the thread pool, one
/// event after the other, in order, and is tried again when it fails. All members are thread-safe.
/// </summary>
[Obsolete(ObsoleteHints.AsyncBus, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class AsyncEventBus
{
    private readonly LegacySubscriptions _subscriptions;
    private readonly BusTopic<LegacyEvent> _topic;
    private readonly AsyncEventBusConfig _config;
    private readonly TimeProvider _time;
    private readonly RetryOptions _retry;
    private readonly BusSubscriptionOptions? _batches;

    /// <summary>Makes an adapter with a bus of its own.</summary>
    /// <param name="config">How it works.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value of the configuration is out of its range.</exception>
    public AsyncEventBus(AsyncEventBusConfig? config = null)
        : this(new EventBus("async-events"), config)
    {
    }

    /// <summary>Makes an adapter of a bus. Adapters of one bus share their subscriptions.</summary>
    /// <param name="bus">The bus.</param>
    /// <param name="config">How it works.</param>
    /// <param name="timeProvider">The clock of typed events for old handlers; by default the system's. Retries are on the bus's.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value of the configuration is out of its range.</exception>
    public AsyncEventBus(IEventBus bus, AsyncEventBusConfig? config = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        _config = config ?? new AsyncEventBusConfig();
        _config.Validate();
        Bus = bus;
        _topic = bus.GetTopic<LegacyEvent>();
        _subscriptions = LegacySubscriptions.Of(bus);
        _time = timeProvider ?? TimeProvider.System;
        _retry = new RetryOptions
        {
            MaxAttempts = _config.MaxRetries == RetryOptions.Unlimited ? RetryOptions.Unlimited : _config.MaxRetries + 1,
        };
        // A batch that waits for nothing is what is there: one by one is the same, and sooner.
        if (_config.BatchInterval > TimeSpan.Zero)
            _batches = new BusSubscriptionOptions { BatchSize = _config.BatchSize, BatchMaxWait = _config.BatchInterval };
    }

    /// <summary>The bus behind it: for code that has moved on.</summary>
    public IEventBus Bus { get; }

    /// <summary>What the handlers did so far. Allocates; delays no publisher.</summary>
    public AsyncEventBusStats Stats
    {
        get
        {
            HashSet<long> own = _subscriptions.AsyncParts();
            BusSubscriptionStatistics[] all = [.. Bus.GetStatistics().Subscriptions.Where(subscription => own.Contains(subscription.Id))];
            return new AsyncEventBusStats(
                all.Sum(static s => s.Mode != ProcessingMode.Sync && s.Queue is not null
                    ? s.Queue.Succeeded
                    : Math.Max(0, s.DeliveredCount - s.ErrorCount)),
                all.Sum(static s => s.ErrorCount),
                all.Sum(static s => s.Queue?.Retried ?? 0),
                all.Sum(static s => s.Queue?.Queued ?? 0),
                _config.BatchSize);
        }
    }

    /// <summary>Begins to serve the queues of the bus, if that has not begun yet. Becomes <see cref="IEventBus.Start"/>.</summary>
    /// <exception cref="InvalidOperationException">The bus was stopped before.</exception>
    public void Start()
    {
        if (Bus.State == LifecycleState.Running)
            return;
        try
        {
            Bus.Start();
        }
        catch (InvalidOperationException) when (Bus.State == LifecycleState.Running)
        {
            // Another adapter of the bus was faster.
        }
    }

    /// <summary>
    /// Stops the bus, for all who share it, and waits on this thread until what is queued is handled. Becomes
    /// <see cref="IEventBus.StopAsync"/>.
    /// </summary>
    public void Stop() => StopAsync().GetAwaiter().GetResult();

    /// <inheritdoc cref="IEventBus.StopAsync"/>
    public Task<BusStopReport> StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        Bus.StopAsync(timeout, cancellationToken);

    /// <summary>
    /// Publishes an event: it is queued for the handlers of its name, old ones of a <see cref="DomainEventBus"/> of the same
    /// bus run before the call returns. Waits without a thread while a queue is full. Becomes <c>IEventBus.PublishAsync</c>.
    /// </summary>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<PublishOutcome> PublishAsync(IDomainEvent @event, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return _topic.PublishAsync(new LegacyEvent(@event), cancellationToken: cancellationToken);
    }

    /// <summary>
    /// Publishes an event that is of both kinds, as a typed one: handlers of its type get it, and old handlers of its name.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<PublishOutcome> PublishAsync<T>(T @event, CancellationToken cancellationToken = default)
        where T : IDomainEvent, IEvent<T> =>
        Bus.PublishAsync(@event, cancellationToken: cancellationToken);

    /// <summary>
    /// Publishes an event past the queues: the handlers that are subscribed here run on this thread before the call returns;
    /// one that fails is tried again only if the options of the bus say so. Handlers of the event's type do not get it. In the
    /// new API a subscription chooses its mode itself.
    /// </summary>
    /// <param name="event">The event.</param>
    public PublishOutcome PublishSync(IDomainEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return _topic.Publish(new LegacyEvent(@event) { IsSync = true });
    }

    /// <summary>In batches they are taken from the queue; the handler still gets one after the other, each with its own retries.</summary>
    private ProcessingMode QueuedMode => _batches is null ? ProcessingMode.Async : ProcessingMode.Batch;

    /// <inheritdoc cref="DomainEventBus.Subscribe"/>
    public long Subscribe(string eventType, IDomainEventHandler handler, IDomainEventFilter? filter = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventType);
        ArgumentNullException.ThrowIfNull(handler);
        var adapter = new LegacyHandler(handler, filter, _time);
        var queued = new BusSubscriptionOptions<LegacyEvent>
        {
            Name = eventType,
            Priority = handler.Priority,
            Filter = new LegacyFilter(eventType, filter, isSync: false),
            Mode = QueuedMode,
            BatchSize = _batches?.BatchSize,
            BatchMaxWait = _batches?.BatchMaxWait,
            Retry = _retry,
        };
        BusSubscription main = Bus.Subscribe(adapter, queued);
        adapter.Main = main;
        var parts = new List<BusSubscription>(3)
        {
            main,
            Bus.Subscribe<LegacyEvent>(adapter.HandleSync, queued with
            {
                Filter = new LegacyFilter(eventType, filter, isSync: true),
                Mode = ProcessingMode.Sync,
                Retry = null,
            }),
        };
        if (EventNames.IsName(eventType))
        {
            parts.Add(Bus.Subscribe(
                eventType,
                adapter,
                new BusSubscriptionOptions
                {
                    Name = eventType,
                    Priority = queued.Priority,
                    Mode = QueuedMode,
                    BatchSize = _batches?.BatchSize,
                    BatchMaxWait = _batches?.BatchMaxWait,
                    Retry = _retry,
                }));
        }

        return _subscriptions.Add(eventType, parts, isAsync: true);
    }

    /// <inheritdoc cref="DomainEventBus.Unsubscribe"/>
    public bool Unsubscribe(string eventType, long subscriptionId)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        return _subscriptions.Remove(subscriptionId, eventType);
    }

    /// <inheritdoc cref="DomainEventBus.UnsubscribeById"/>
    public bool UnsubscribeById(long subscriptionId) => _subscriptions.Remove(subscriptionId, null);
}
