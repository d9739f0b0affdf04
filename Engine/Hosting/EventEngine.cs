using System.Diagnostics;
using Engine.Diagnostics;
using Engine.Dispatch;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

/// <summary>
/// An engine: it gives out producers and lanes, takes subscriptions, and dispatches on threads of its own. All members
/// are thread-safe. Make one with <see cref="EngineBuilder"/>.
/// </summary>
[DebuggerDisplay("{Name,nq}, {State}: {EventTypes.Count} event types")]
public sealed partial class EventEngine : IEventSubscriptions, IAsyncDisposable, ILaneFactory, IMeasuredEngine
{
    // A timer takes no longer time.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly Lock _stateLock = new();
    private readonly SubscriptionContext _subscriptions;
    private readonly Dictionary<Type, EventTypeRuntime> _types;
    private readonly Dispatcher _dispatcher;
    private readonly ProducerState _sharedProducer;
    private readonly TimeSpan _stopTimeout;
    private readonly EngineTrace _trace;
    private readonly EngineMeter _meter;
    private readonly EngineCuts _cuts;
    private int _lastProducerId = ProducerInfo.SharedId;
    private volatile LifecycleState _state;
    private Task<StopReport>? _stop;

    internal EventEngine(EngineOptions options, SubscriptionContext subscriptions, Dictionary<Type, EventTypeRuntime> types)
    {
        _subscriptions = subscriptions;
        _types = types;
        _cuts = new EngineCuts(subscriptions);
        _stopTimeout = options.StopTimeout;
        _trace = new EngineTrace(options.Name);
        _meter = EngineMeter.For(options.MeterFactory);
        Name = options.Name;
        _dispatcher = DispatcherFactory.Create(options, Absorb);
        _sharedProducer = new ProducerState(new ProducerInfo(ProducerInfo.SharedId, "shared"), subscriptions);
        EventTypes = [.. types.Values.Select(static type => type.Descriptor)];
    }

    /// <summary>Its name in events and metrics.</summary>
    public string Name { get; }

    /// <summary>The registered event types, as this engine has them.</summary>
    public IReadOnlyList<EventDescriptor> EventTypes { get; }

    /// <summary>The workers, for benchmarks and tests that dispatch on a thread of their own.</summary>
    internal Dispatcher Dispatcher => _dispatcher;

    /// <summary>Where the engine is in its life.</summary>
    public LifecycleState State => _state;

    /// <summary>Starts the dispatcher threads. Does not block.</summary>
    /// <exception cref="InvalidOperationException">The engine has been started before.</exception>
    public void Start()
    {
        lock (_stateLock)
        {
            if (_state != LifecycleState.Created)
                throw new InvalidOperationException($"An engine can be started once; this one is {_state}.");
            _state = LifecycleState.Running;
            foreach (EventTypeRuntime type in _types.Values)
                type.SetHasConsumer(true);
            _meter.Engines.Add(this);
            MeasuredEngines.OfProcess.Add(this);
        }

        _trace.Started(_dispatcher.Workers.Count, EventTypes.Count);
        _dispatcher.Start();
    }

    /// <summary>
    /// Ends publishing, dispatches what has been published, and ends the dispatcher threads. Further calls return the
    /// result of the first. Not to be awaited inside a handler, which the stop would wait for.
    /// </summary>
    /// <param name="timeout">How long dispatching what is left may take; by default the option's.</param>
    /// <param name="cancellationToken">Ends the wait as the timeout does.</param>
    /// <returns>What was left, if anything. The task does not fail for events left, a timeout or cancellation.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
    public Task<StopReport> StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout ?? TimeSpan.Zero, TimeSpan.Zero, nameof(timeout));
        lock (_stateLock)
        {
            if (_stop is null)
            {
                bool wasRunning = _state == LifecycleState.Running;
                _state = LifecycleState.Stopping;
                _stop = StopCoreAsync(wasRunning, timeout ?? _stopTimeout, cancellationToken);
            }

            return _stop;
        }
    }

    /// <summary>Stops the engine with its default timeout, if it is not stopped yet.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Makes a producer for one publishing thread. Dispose it when the thread is done.</summary>
    /// <param name="name">Name that handlers see; by default <c>producer-N</c>.</param>
    /// <param name="vmId">Id of the virtual machine whose events it publishes, for filters; null if they belong to none.</param>
    /// <param name="vCpu">
    /// Number of the virtual CPU within its machine whose events it publishes, for what begins at one of its instructions; null if they
    /// are of none. Such a producer calls <see cref="EventProducer.ReachBoundary"/>.
    /// </param>
    /// <exception cref="InvalidOperationException">The engine has been stopped.</exception>
    public EventProducer CreateProducer(string? name = null, string? vmId = null, ushort? vCpu = null)
    {
        ThrowIfStopped();
        int id = Interlocked.Increment(ref _lastProducerId);
        var info = new ProducerInfo(id, name ?? $"producer-{id}", vmId) { VCpu = vCpu };
        _trace.ProducerCreated(info);
        return new EventProducer(this, new ProducerState(info, _subscriptions));
    }

    /// <summary>The lane that threads without a producer share.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <exception cref="InvalidOperationException">The event type is not registered, or the engine has been stopped.</exception>
    public SharedEventLane<T> GetSharedLane<T>()
        where T : unmanaged, IEvent<T>
    {
        EventTypeRuntime<T> type = TypeOf<T>();
        DispatchWorker worker;
        SharedEventLane<T> lane;
        bool isNew;
        lock (_stateLock)
        {
            ThrowIfStopped();
            worker = _dispatcher.WorkerOf(type.Descriptor.Shard);
            lane = type.GetSharedLane(_sharedProducer, worker, _state == LifecycleState.Running, out isNew);
        }

        if (isNew)
            _trace.LaneCreated(type.Descriptor, _sharedProducer.Info, worker.Name);
        return lane;
    }

    /// <summary>
    /// Subscribes a handler of single events. It gets events published from some moment during this call on, and those that
    /// other subscriptions had left buffered.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public Subscription Subscribe<T>(EventAction<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return TypeOf<T>().Registry.AddEventHandler(new DelegateEventHandler<T>(handler), options);
    }

    /// <inheritdoc/>
    public Subscription Subscribe<T>(IEventHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return TypeOf<T>().Registry.AddEventHandler(handler, options);
    }

    /// <summary>
    /// Subscribes a handler of batches. It gets events published from some moment during this call on, and those that other
    /// subscriptions had left buffered.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">The handler.</param>
    /// <param name="options">How it is delivered; by default dispatched, without filter.</param>
    /// <exception cref="InvalidOperationException">The event type is not registered.</exception>
    public Subscription SubscribeBatch<T>(BatchAction<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return TypeOf<T>().Registry.AddBatchHandler(new DelegateBatchHandler<T>(handler), options);
    }

    /// <inheritdoc/>
    public Subscription SubscribeBatch<T>(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        return TypeOf<T>().Registry.AddBatchHandler(handler, options);
    }

    /// <inheritdoc/>
    public void VisitEventTypes(IEventTypeVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (EventTypeRuntime type in _types.Values)
            type.Accept(visitor);
    }

    /// <summary>Ends a subscription, as <see cref="Subscription.Dispose"/> does.</summary>
    /// <param name="subscriptionId">Its id.</param>
    /// <returns>Whether there was an active subscription of that id.</returns>
    public bool Unsubscribe(long subscriptionId)
    {
        if (!_subscriptions.TryGet(subscriptionId, out Subscription? subscription))
            return false;
        subscription!.Dispose();
        return true;
    }

    /// <summary>Reads all counters. Allocates; takes no lock that publishing or dispatching takes.</summary>
    public EngineStatistics GetStatistics() => new(
        _state,
        ReadEventTypes(),
        [.. _subscriptions.Active.OrderBy(static s => s.Id).Select(static s => new SubscriptionStatistics(
            s.Id, s.Name, s.EventType.Name, s.DeliveredCount, s.ErrorCount))],
        ReadDispatchers());

    /// <summary>
    /// What became of the events of each type and producer: exact when no publisher and no dispatcher is at work. Of more than 1,024
    /// producers of a type that have gone, the rest is added up as <c>others</c>. Allocates.
    /// </summary>
    public IReadOnlyList<EventLedger> GetLedgers() => [.. _types.Values.SelectMany(static type => type.ReadLedgers())];

    IReadOnlyList<EventTypeStatistics> IMeasuredEngine.ReadEventTypes() => ReadEventTypes();

    IReadOnlyList<LaneOccupancy> IMeasuredEngine.ReadLanes() => [.. _types.Values.SelectMany(static type => type.ReadLanes())];

    IReadOnlyList<DispatcherStatistics> IMeasuredEngine.ReadDispatchers() => ReadDispatchers();

    EventLane<T> ILaneFactory.CreateLane<T>(ProducerState producer) =>
        ((ILaneFactory)this).TryCreateLane<T>(producer) ?? throw Stopped();

    EventLane<T>? ILaneFactory.TryCreateLane<T>(ProducerState producer)
    {
        EventTypeRuntime<T> type = TypeOf<T>();
        DispatchWorker worker;
        EventLane<T> lane;
        // Under the lock, so that a stop either sees the lane or refuses it.
        lock (_stateLock)
        {
            if (IsStopped)
                return null;
            worker = _dispatcher.WorkerOf(type.Descriptor.Shard);
            lane = type.CreateLane(producer, worker, _state == LifecycleState.Running);
        }

        _trace.LaneCreated(type.Descriptor, producer.Info, worker.Name);
        return lane;
    }

    void ILaneFactory.Retire(ProducerState producer)
    {
        foreach (EventTypeRuntime type in _types.Values)
        {
            DispatchLane? lane = type.Retire(producer);
            if (lane is not null)
                _dispatcher.WorkerOf(type.Descriptor.Shard).Signal.Interrupt();
        }

        _trace.ProducerDisposed(producer.Info);
    }

    private async Task<StopReport> StopCoreAsync(bool wasRunning, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        _trace.Stopping(timeout);
        foreach (EventTypeRuntime type in _types.Values)
            type.Close();
        // Also where there is no worker to drain: a publish that is under way is then refused instead of kept for nobody.
        _dispatcher.BeginDrain();
        if (wasRunning)
        {
            TimeSpan delay = timeout < LongestDelay ? timeout : LongestDelay;
            await Task.WhenAny(_dispatcher.WhenEnded(), Task.Delay(delay, cancellationToken)).ConfigureAwait(false);
            _dispatcher.Abandon();
        }

        await EndMergesAsync(timeout - Stopwatch.GetElapsedTime(start), cancellationToken).ConfigureAwait(false);
        LeftEvents[] left = [.. _types.Values
            .Select(static type => new LeftEvents(type.Descriptor.Name, type.Seal()))
            .Concat(ReadMerges())
            .Where(static events => events.Count > 0)];
        _meter.Engines.Stop(this);
        MeasuredEngines.OfProcess.Stop(this);
        _state = LifecycleState.Stopped;
        var report = new StopReport(left.Length == 0, Stopwatch.GetElapsedTime(start), left);
        _trace.Stopped(report);
        return report;
    }

    private void Absorb(DispatchLane lane)
    {
        foreach (EventTypeRuntime type in _types.Values)
        {
            if (type.Descriptor == lane.EventType)
                type.Absorb(lane);
        }

        _trace.LaneRemoved(lane.EventType, lane.Producer, lane.Sequencer.Ledger);
    }

    private EventTypeStatistics[] ReadEventTypes() => [.. _types.Values.Select(static type => type.GetStatistics())];

    private DispatcherStatistics[] ReadDispatchers() => [.. _dispatcher.Workers.Select(static w => new DispatcherStatistics(
        w.Name, w.Lanes.Lanes.Length, MonotonicClock.ToTimeSpan(w.Sizer.PollGapTicks), w.Sizer.MaxBatch, w.Signal.IsParked)
    {
        CoreLosses = w.CoreLosses.Count,
        CoreLossTime = MonotonicClock.ToTimeSpan(w.CoreLosses.Ticks),
    })];

    private EventTypeRuntime<T> TypeOf<T>()
        where T : unmanaged, IEvent<T> =>
        _types.TryGetValue(typeof(T), out EventTypeRuntime? type)
            ? (EventTypeRuntime<T>)type
            : throw new InvalidOperationException(
                $"Event type {typeof(T)} (\"{T.Descriptor.Name}\") is not registered with this engine. Register it with " +
                $"EngineBuilder.AddEvent<{typeof(T).Name}>() before Build().");

    private bool IsStopped => _state is LifecycleState.Stopping or LifecycleState.Stopped;

    private void ThrowIfStopped()
    {
        if (IsStopped)
            throw Stopped();
    }

    private static InvalidOperationException Stopped() =>
        new("The engine has been stopped; it takes no new producers or lanes.");
}
