using Engine.Bus.Queues;
using Engine.Bus.Retry;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>Start, stop, and changes while the bus runs.</summary>
public sealed partial class EventBus
{
    private static readonly TimeSpan TuneInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(49);

    private readonly Lock _tuneLock = new();
    private Task<BusStopReport>? _stop;
    private ITimer? _tuneTimer;
    private long _lastTuned;

    /// <inheritdoc/>
    public LifecycleState State => Core.State;

    /// <inheritdoc/>
    public void Start()
    {
        lock (_changeLock)
        {
            if (State != LifecycleState.Created)
                throw new InvalidOperationException($"Bus \"{Name}\" can be started once; it is {State}.");
            Core.State = LifecycleState.Running;
            StartDispatching();
        }
    }

    /// <inheritdoc/>
    public Task<BusStopReport> StopAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (timeout is { } given && given < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(
                nameof(timeout), given, "The time that a stop may take cannot be negative; null waits for as long as it takes.");
        }
        lock (_changeLock)
        {
            if (_stop is not null)
                return _stop;
            bool wasCreated = State == LifecycleState.Created;
            Core.State = LifecycleState.Stopping;
            Core.RefusesPublishers = true;
            foreach (TopicRuntime topic in _topicsByName.Values)
                topic.RefusePublishers();
            // What was queued before a start is handled too.
            if (wasCreated)
                StartDispatching();
            return _stop = Task.Run(() => DrainAsync(timeout, cancellationToken), CancellationToken.None);
        }
    }

    /// <summary>
    /// Puts new options into force for all subscriptions that do not have their own. No event is lost, and nothing stops.
    /// Options that are read when the bus is made or started stay what they were. An ordered subscription keeps the number
    /// of its queues.
    /// </summary>
    /// <param name="options">All options, not only the changed ones. Read here.</param>
    /// <exception cref="ArgumentException">An option is out of its range; then all stays as it was.</exception>
    public void UpdateOptions(EventBusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        EventBusOptions copy = options.Copy();
        // The clock is read when the bus is made: two of them would not agree on when a retry is due.
        copy.TimeProvider = Core.TimeProvider;
        HandlerPipeline? retry = HandlerPipeline.OrNone(copy.Retry, own: null, Core.TimeProvider);
        lock (_changeLock)
        {
            // All are computed before the first is applied: one may be refused.
            (BusSubscription Subscription, DeliverySettings Settings)[] changes =
                [.. _subscriptions.Values.Select(s => (s, DeliverySettings.From(s.Core.Options, copy, s.Core.Kind, retry)))];
            _options = copy;
            _retry = retry;
            foreach ((BusSubscription subscription, DeliverySettings settings) in changes)
            {
                if (!subscription.Core.Apply(settings))
                    continue;
                foreach (TopicRuntime topic in _topicsByName.Values)
                    topic.Rebind(subscription.Core);
            }

            _version++;
        }
    }

    /// <summary>Stops the bus, for as long as it takes.</summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    /// <summary>Chooses modes and batch sizes anew, and adds a dispatcher where handlers block all of them. Called by a timer.</summary>
    internal void Tune()
    {
        // A call that meets another one has nothing to add.
        if (!_tuneLock.TryEnter())
            return;
        try
        {
            long now = Core.TimeProvider.GetTimestamp();
            TimeSpan elapsed = Core.TimeProvider.GetElapsedTime(_lastTuned, now);
            if (elapsed <= TimeSpan.Zero)
                return;
            _lastTuned = now;
            Core.Scheduler.RelieveStall();
            foreach (BusSubscription subscription in Subscriptions())
                subscription.Queue?.Tune(elapsed);
        }
        finally
        {
            _tuneLock.Exit();
        }
    }

    private void StartDispatching()
    {
        foreach (BusSubscription subscription in _subscriptions.Values)
            subscription.Queue?.BeginConsuming();
        Core.Scheduler.Start();
        _lastTuned = Core.TimeProvider.GetTimestamp();
        _tuneTimer = Core.TimeProvider.CreateTimer(static bus => ((EventBus)bus!).Tune(), this, TuneInterval, TuneInterval);
    }

    private async Task<BusStopReport> DrainAsync(TimeSpan? timeout, CancellationToken cancellationToken)
    {
        long started = Core.TimeProvider.GetTimestamp();
        // Longer than a timer can wait is as long as it takes.
        using CancellationTokenSource timer = timeout is { } time && time < LongestTimer
            ? new CancellationTokenSource(time, Core.TimeProvider)
            : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        // Publishers that did not see the bus stopping are visible inside a handler's scope from here on.
        Interlocked.MemoryBarrierProcessWide();
        foreach (BusSubscription subscription in Subscriptions())
            subscription.Queue?.BeginDrain();
        try
        {
            await WhenQuietAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Reported below.
        }

        List<LeftInQueue> left = Close();
        foreach (EngineAttachment attachment in Volatile.Read(ref _attachments))
            attachment.Dispose();
        if (_tuneTimer is { } tuneTimer)
            await tuneTimer.DisposeAsync().ConfigureAwait(false);
        return new BusStopReport(left.Count == 0, Core.TimeProvider.GetElapsedTime(started), left);
    }

    /// <summary>
    /// Waits until no queue has anything, no handler runs and no publisher is under way. A handler may publish into a queue
    /// that was idle a moment ago, so all have to be idle while nothing is accepted anywhere.
    /// </summary>
    private async Task WhenQuietAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long accepted = AcceptedCount();
            foreach (BusSubscription subscription in Subscriptions())
            {
                if (subscription.Queue is { } queue)
                    await queue.WhenIdleAsync(cancellationToken).ConfigureAwait(false);
            }

            if (HandlerScope.IsAnyInside(Core.HandlerOwner) || Core.HasRoomWaits)
                await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            else if (AcceptedCount() == accepted)
                return;
        }
    }

    private List<LeftInQueue> Close()
    {
        var left = new List<LeftInQueue>();
        Core.State = LifecycleState.Stopped;
        foreach (BusSubscription subscription in Subscriptions())
        {
            if (subscription.Queue is not { } queue)
                continue;
            (int queued, int inFlight) = queue.Close();
            if (queued > 0 || inFlight > 0)
                left.Add(new LeftInQueue(subscription.Id, subscription.Name, queued, inFlight));
        }

        return left;
    }

    private long AcceptedCount() => Subscriptions().Sum(static subscription => subscription.Queue?.AcceptedCount ?? 0);

    internal BusSubscription[] Subscriptions()
    {
        lock (_changeLock)
            return [.. _subscriptions.Values];
    }
}
