using Engine.Bus.Queues;
using Engine.Bus.Retry;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>Start, and changes while the bus runs.</summary>
public sealed partial class EventBus
{
    private static readonly TimeSpan TuneInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _tuneLock = new();
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
            if (Volatile.Read(ref _options).Async.IsAdaptive)
                Core.Scheduler.RelieveStall();
            foreach (BusSubscription subscription in Subscriptions())
                subscription.Queue?.Tune(elapsed);
        }
        catch (Exception)
        {
            // A clock of the host's own may throw; what is not tuned now is at the next call.
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

    // A call that is being made is not waited for: a strategy of the host's own may be at it, and hang.
    private void EndTuning() => _tuneTimer?.Dispose();

    internal BusSubscription[] Subscriptions()
    {
        lock (_changeLock)
            return [.. _subscriptions.Values];
    }
}
