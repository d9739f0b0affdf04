using System.Diagnostics;
using Engine.Bus;
using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;

namespace Engine.Storage.Facade;

/// <summary>
/// One door to bus, store, processors, publishers and subscribers. What is published is stored first; bus, processors and publishers are
/// durable subscriptions of the store, each with a place, retries and dead letters of its own, so that none holds up another and
/// none loses an event in a crash. All members are thread-safe. The caller disposes of the database.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class EventDrivenArchitecture : IAsyncDisposable
{
    private readonly EventDrivenConfig _config;
    private readonly EventDrivenParts _given;
    private readonly AttemptWaits _waits = new();
    private readonly SemaphoreSlim _changing = new(1);
    private readonly EventRegistry<IEventSubscriber> _subscribers = new();
    private readonly DurableParts _busParts;
    private readonly BusRelay _relay;
    private readonly StorageMaintenance _maintenance;
    private readonly EventDrivenMeter _meter;
    private bool _isInitialized;
    private EventDrivenStopReport? _stopped;
    private volatile bool _isRunning;
    private int _isDisposed;

    /// <summary>Makes it; nothing is opened or started before <see cref="InitializeAsync"/>.</summary>
    /// <param name="config">How the parts work.</param>
    /// <param name="parts">Parts of the caller's own, and event types; null where there are none.</param>
    /// <exception cref="EventDrivenConfigException">The configuration breaks rules; the message lists all of them.</exception>
    public EventDrivenArchitecture(EventDrivenConfig? config = null, EventDrivenParts? parts = null)
    {
        _config = config ?? new EventDrivenConfig();
        EventDrivenKeys.ThrowIfBroken(_config);
        _given = parts ?? new EventDrivenParts();
        ArgumentException.ThrowIfNullOrWhiteSpace(_given.BusName, nameof(parts));
        Storage = new EventDrivenStorage(_config, _given);
        EventBus = _given.Bus ?? new EventBus("event-driven", BusOptions());
        var executor = new ProcessorExecutor(
            new ExecutorPool("event-driven processors", new ExecutorPoolOptions
            {
                Parallelism = _config.Processors.PoolParallelism,
                QueueCapacity = _config.Processors.PoolQueue,
                UsesDedicatedThreads = _config.Processors.PoolDedicatedThreads,
            }),
            _config.Processors.Timeout);
        Processors = new EventProcessorHost(executor, host => NewParts("processor", id => host.HandlerOf(id)));
        Publishers = new EventPublisherHost(
            new PublisherExecutor(_config.Publishers, Storage.Database.TimeProvider),
            host => NewParts("publisher", id => host.HandlerOf(id)));
        _relay = new BusRelay(EventBus, Storage, _config.Bus.ChannelCapacity);
        _busParts = NewParts("event-driven", _ => _relay.PublishAsync);
        _maintenance = new StorageMaintenance(Storage, _config, () => RedriveTargets, Fault, Alert);
        _meter = new EventDrivenMeter(Monitor, _maintenance, _given.Source);
    }

    /// <summary>The bus that stored events go through.</summary>
    public EventBus EventBus { get; }

    /// <summary>Store, outbox, dead letters, handled events and snapshots.</summary>
    public EventDrivenStorage Storage { get; }

    /// <summary>The store.</summary>
    public SqlEventStore EventStore => Storage.Events;

    /// <summary>Who works on events.</summary>
    public EventProcessorHost Processors { get; }

    /// <summary>Who carries events out.</summary>
    public EventPublisherHost Publishers { get; }

    /// <summary>Publishes the outbox into the store while this runs.</summary>
    public OutboxDispatcher OutboxDispatcher => _maintenance.Dispatcher;

    /// <summary>What was recorded of the events.</summary>
    public EventMonitor Monitor { get; } = new();

    /// <summary>Where dead letters of the parts that run here are delivered again.</summary>
    public IReadOnlyList<RedriveTarget> RedriveTargets =>
        [.. _busParts.RedriveTargets, .. Processors.Parts.RedriveTargets, .. Publishers.Parts.RedriveTargets];

    /// <summary>Opens and starts the parts: bus, store, processors, publishers, subscribers. If one fails the others are stopped.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EventDrivenException">A part failed; the message names it.</exception>
    /// <exception cref="InvalidOperationException">It was initialized before.</exception>
    public async Task InitializeAsync(CancellationToken cancellationToken = default)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isInitialized)
                throw new InvalidOperationException("It was initialized before; make a new one to start again.");
            _isInitialized = true;
            await StartAsync("bus", StartBus).ConfigureAwait(false);
            await StartAsync("store", () => Storage.Events.InitializeAsync(cancellationToken)).ConfigureAwait(false);
            await StartAsync("processors", () => StartProcessorsAsync()).ConfigureAwait(false);
            await StartAsync("publishers", () => StartPublishersAsync()).ConfigureAwait(false);
            await StartAsync("subscribers", StartSubscribersAsync).ConfigureAwait(false);
            _maintenance.Start();
            _isRunning = true;
        }
        catch (EventDrivenException)
        {
            _stopped = await StopPartsAsync(TimeSpan.Zero).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops the parts in the reverse order, and waits for what they are doing.</summary>
    /// <param name="timeout">How long to wait for each part; null for 30 s.</param>
    /// <returns>What did not end in time, the same for each call. What was not handled is handled at the next start.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    public async Task<EventDrivenStopReport> StopAsync(TimeSpan? timeout = null)
    {
        TimeSpan wait = TimeEnds.Waitable(timeout ?? TimeSpan.FromSeconds(30));
        ArgumentOutOfRangeException.ThrowIfLessThan(wait, TimeSpan.Zero, nameof(timeout));
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            _isRunning = false;
            return _stopped ??= await StopPartsAsync(wait).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops without waiting for handlers.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _meter.Dispose();
        await Storage.DisposeAsync().ConfigureAwait(false);
        _busParts.Dispose();
        Processors.Parts.Dispose();
        Publishers.Parts.Dispose();
        _changing.Dispose();
    }

    /// <summary>All that is wrong with an event; empty if it may be published.</summary>
    /// <param name="event">The event.</param>
    public IReadOnlyList<EventProblem> ValidateEvent(StoredEvent @event) =>
        EventValidation.Find(@event, Storage.Database.TimeProvider.GetUtcNow(), Storage.Limits);

    /// <summary>The newest events of a type, newest first.</summary>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="limit">Events at most: 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<IReadOnlyList<StoredEvent>> GetEventHistoryAsync(
        string eventType, int limit = 100, CancellationToken cancellationToken = default) =>
        EventStore.GetHistoryAsync(eventType, limit, cancellationToken);

    /// <summary>
    /// Gives the stored events of a type and a recorded time to the processors again, in their order, marked as a replay. Bus,
    /// publishers and store get nothing of it.
    /// </summary>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="from">The earliest recorded time.</param>
    /// <param name="to">The recorded time before which they end.</param>
    /// <param name="processorId">Only this processor; null for all that are registered for the events.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops after the event that is being handled; the report says where to go on.</param>
    /// <exception cref="ArgumentException">The time ends before it begins.</exception>
    public Task<ReplayReport> ReplayEventsAsync(
        string eventType, DateTimeOffset from, DateTimeOffset to, string? processorId = null, ReplayOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ReplayTarget target = ReplayTarget.To(async (item, token) =>
        {
            IReadOnlyList<ProcessorFailure> failures = await Processors.ProcessEventAsync(item, true, processorId, token)
                .ConfigureAwait(false);
            if (failures.Count > 0)
            {
                throw new AggregateException(
                    $"{string.Join(", ", failures.Select(static failure => failure.ProcessorId))} failed on {item}.",
                    failures.Select(static failure => failure.Error));
            }
        });
        return EventStore.ReplayAsync(eventType, from, to, target, options, cancellationToken);
    }

    /// <summary>What it consists of and whether it runs.</summary>
    public override string ToString() => $"{Storage.Database}, {(_isRunning ? "running" : "not running")}";

    private EventBusOptions BusOptions()
    {
        var options = new EventBusOptions { TimeProvider = Storage.Database.TimeProvider };
        options.Messages.OutputBuffer = _config.Bus.OutputBuffer;
        return options;
    }

    private DurableParts NewParts(string kind, Func<string, StoredEventAction> handlerOf) => new(
        Storage.Events, kind, new DurableSubscriptionOptions { DeadLetters = Storage.DeadLetters },
        id => Measured(handlerOf(id)), _waits, Fault);

    private StoredEventAction Measured(StoredEventAction handler) => async (delivery, token) =>
    {
        long start = Stopwatch.GetTimestamp();
        bool isHandled = false;
        try
        {
            await handler(delivery, token).ConfigureAwait(false);
            isHandled = true;
        }
        finally
        {
            Monitor.RecordEvent(delivery.Event.EventType, isHandled, Stopwatch.GetElapsedTime(start));
        }
    };

    private void Fault(string part, Exception error)
    {
        try
        {
            _given.OnFault?.Invoke(part, error);
        }
        catch (Exception)
        {
            // Who is told has no say.
        }
    }

    private void Alert(StorageAlert alert)
    {
        try
        {
            _given.OnAlert?.Invoke(alert);
        }
        catch (Exception)
        {
            // Who is told has no say.
        }
    }

    private static async Task StartAsync(string part, Func<Task> start)
    {
        try
        {
            await start().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            throw new EventDrivenException(part, error);
        }
    }

    private Task StartBus()
    {
        foreach (string name in _config.Bus.EventTypes.Where(name => Storage.Versions?.NewestVersionOf(name) is null))
            EventBus.GetTopic(name);
        if (EventBus.State == LifecycleState.Created)
            EventBus.Start();
        _relay.Start();
        return Task.CompletedTask;
    }

    private Task StartProcessorsAsync()
    {
        Processors.Registry.Initialize(_config.Processors.EventTypes);
        return Processors.Parts.StartAsync(Processors.Registry.PatternsById());
    }

    private Task StartPublishersAsync()
    {
        Publishers.Registry.Initialize(_config.Publishers.EventTypes);
        return Publishers.Parts.StartAsync(Publishers.Registry.PatternsById());
    }

    private Task StartSubscribersAsync() => _busParts.StartAsync(new Dictionary<string, string[]> { [_given.BusName] = ["**"] });

    private async Task<EventDrivenStopReport> StopPartsAsync(TimeSpan timeout)
    {
        bool isMaintained = await _maintenance.StopAsync(timeout).ConfigureAwait(false);
        IReadOnlyList<string> bus = await _busParts.StopAsync(timeout).ConfigureAwait(false);
        IReadOnlyList<string> publishers = await Publishers.Parts.StopAsync(timeout).ConfigureAwait(false);
        IReadOnlyList<string> processors = await Processors.Parts.StopAsync(timeout).ConfigureAwait(false);
        await Processors.Executor.Pool.StopAsync(timeout).ConfigureAwait(false);
        _relay.Stop();
        BusStopReport? stopped = _given.Bus is null ? await EventBus.StopAsync(timeout).ConfigureAwait(false) : null;
        return new EventDrivenStopReport(
            [
                .. bus.Select(_busParts.NameOf), .. publishers.Select(Publishers.Parts.NameOf),
                .. processors.Select(Processors.Parts.NameOf),
                .. isMaintained ? Array.Empty<string>() : ["maintenance"],
            ],
            stopped?.Left ?? []);
    }
}
