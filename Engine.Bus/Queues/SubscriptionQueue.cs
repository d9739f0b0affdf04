using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus.Queues;

/// <summary>
/// What stands between publishers and the handler of one subscription: its mode, its queues and its ledger. At rest
/// accepted = succeeded + failed + discarded + dropped as oldest + queued, and offered = accepted + rejected + dropped as
/// incoming.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has no timer and no wait handle, so there is nothing to dispose of.")]
internal sealed partial class SubscriptionQueue
{
    // One of so many calls on the publisher's thread is timed.
    private const int SampleEvery = 16;

    private readonly QueuePartition[] _partitions;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly DurationHistogram _inlineTimes = new();
    private readonly Lock _inlineTimesLock = new();

    // Between a change of settings and the choice of a mode by measurement.
    private readonly Lock _modeLock = new();
    private DeliverySettings _settings;
    private AdaptiveMode? _adaptive;
    private ProcessingMode _currentMode;
    private int _calls;
    private int _busyHint;
    private long _discarded;
    private long _retries;
    private TaskCompletionSource? _idleWaiter;

    public SubscriptionQueue(SubscriptionCore subscription, IRunnerSource runners, DeliverySettings settings, bool isKeyed)
    {
        Runners = runners;
        Subscription = subscription;
        IsKeyed = isKeyed;
        CancellationToken = _cancellation.Token;
        _settings = settings;
        // One that is made while the bus stops has missed BeginDrain.
        IsDraining = Bus.State is LifecycleState.Stopping or LifecycleState.Stopped;
        Adopt(settings);
        _partitions = new QueuePartition[isKeyed ? settings.KeyedQueues : 1];
        for (int i = 0; i < _partitions.Length; i++)
            _partitions[i] = new QueuePartition(this, i);
    }

    public BusCore Bus => Subscription.Bus;

    public SubscriptionCore Subscription { get; }

    /// <summary>Makes what serves the partitions.</summary>
    public IRunnerSource Runners { get; }

    /// <summary>Whether events are shared among the partitions by an ordering key.</summary>
    public bool IsKeyed { get; }

    /// <summary>Cancelled when the subscription ends or the bus stops without waiting any longer.</summary>
    public CancellationToken CancellationToken { get; }

    public DeliverySettings Settings => Volatile.Read(ref _settings);

    /// <summary>Sync, Async or Batch.</summary>
    public ProcessingMode CurrentMode => (ProcessingMode)Volatile.Read(ref Unsafe.As<ProcessingMode, int>(ref _currentMode));

    /// <summary>What chooses the mode; null unless it is adaptive.</summary>
    public AdaptiveMode? Adaptive => Volatile.Read(ref _adaptive);

    /// <summary>What sizes the batches; null if their size is fixed.</summary>
    public SmartBatching? Batching { get; private set; }

    public int BatchSize => Batching?.Size ?? Settings.Batch.Size;

    public TimeSpan BatchMaxWait => Batching?.MaxWait ?? Settings.Batch.MaxWait;

    /// <summary>Whether batches are handed over however small they are, because the bus stops.</summary>
    public bool IsDraining { get; private set; }

    public long AcceptedCount => _partitions.Sum(static partition => partition.Rings.AcceptedCount);

    /// <summary>
    /// Whether the handler may be called on the publisher's thread. Not while something is queued or at work: an event
    /// that the same publisher published before could be among it, and would be overtaken.
    /// </summary>
    public bool MayRunOnPublisher => CurrentMode == ProcessingMode.Sync && IsIdle;

    public bool IsIdle
    {
        get
        {
            // First the one that was at work at the last look: while many end one after the other, all before it are idle.
            int hint = Volatile.Read(ref _busyHint);
            if (!_partitions[hint].IsIdle)
                return false;
            for (int i = 0; i < _partitions.Length; i++)
            {
                if (i == hint || _partitions[i].IsIdle)
                    continue;
                Volatile.Write(ref _busyHint, i);
                return false;
            }

            return true;
        }
    }

    public ReadOnlySpan<QueuePartition> Partitions => _partitions;

    /// <summary>The partition of an ordering key.</summary>
    public QueuePartition PartitionOf(int key) =>
        _partitions.Length == 1 ? _partitions[0] : _partitions[(int)(((uint)key * 2654435769u >> 8) % (uint)_partitions.Length)];

    /// <summary>
    /// Whether the publisher of an event waits for room: where the policy says so and somebody makes room. Inside a handler nobody
    /// waits, because it could be for that handler.
    /// </summary>
    public bool MayWaitForRoom(EventContext context) =>
        Settings.OverflowPolicy == OverflowPolicy.Wait && !context.IsFromHandler
        && Bus.State is LifecycleState.Running or LifecycleState.Stopping;

    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Counts a call on the publisher's thread, and begins to time it if it is its turn.</summary>
    /// <returns>When it began; 0 if it is not timed.</returns>
    public long BeginOnPublisher(BusThread thread)
    {
        Subscription.CalledByPublishers.Increment(thread.Cells);
        // Not atomic: it only decides which calls are timed.
        return ++_calls % SampleEvery == 0 ? Bus.TimeProvider.GetTimestamp() : 0;
    }

    public void EndOnPublisher(long started)
    {
        if (started == 0)
            return;
        long nanoseconds = Bus.ToNanoseconds(Bus.TimeProvider.GetTimestamp() - started);
        // A sample that meets another one is dropped, so that no publisher waits for one.
        if (_inlineTimesLock.TryEnter())
        {
            _inlineTimes.Record(nanoseconds);
            _inlineTimesLock.Exit();
        }

        Adaptive?.RecordCost(nanoseconds);
    }

    /// <summary>Puts new settings into force. Nothing queued is lost.</summary>
    public void Apply(DeliverySettings settings)
    {
        Volatile.Write(ref _settings, settings);
        Adopt(settings);
        foreach (QueuePartition partition in _partitions)
        {
            partition.Rings.Apply(settings.OverflowPolicy, settings.QueueCapacity);
            // What it was set for was the old wait.
            partition.ForgetTimer();
            SignalAll(partition);
        }
    }

    /// <summary>Chooses the mode and the batch size anew from what was measured since the last call. By one thread at a time.</summary>
    public void Tune(TimeSpan elapsed)
    {
        Batching?.Adjust(elapsed, _partitions.Sum(static partition => partition.Rings.Count));
        if (Adaptive is not { } adaptive)
            return;
        (long count, long ticks) = HandlerTotals();
        if (adaptive.Evaluate(Subscription.CalledByPublishersCount + AcceptedCount, count, Bus.ToNanoseconds(ticks), elapsed)
            is not { } mode)
            return;
        lock (_modeLock)
        {
            // Settings that came in between ask for another mode.
            if (Adaptive == adaptive)
                SetMode(mode);
        }
    }

    /// <summary>Tells the subscriber what was dropped directly before the event it gets next.</summary>
    public void ReportLoss(in LostEvents lost, EventContext next)
    {
        if (Subscription.Options.OnLost is not { } onLost)
            return;
        try
        {
            onLost(new LossNotice(
                next.EventType, Bus.Producer, lost.FirstSequence, lost.FirstSequence + lost.Count - 1, Settings.OverflowPolicy));
        }
        catch (Exception exception)
        {
            Subscription.ReportError(next, exception);
        }
    }

    /// <summary>The bus has started: publishers may wait for the room that handlers make.</summary>
    public void BeginConsuming()
    {
        foreach (QueuePartition partition in _partitions)
            partition.Rings.BeginConsuming();
    }

    private void Adopt(DeliverySettings settings)
    {
        Batching = settings.Batch.IsAdaptive ? new SmartBatching(settings.Batch, Subscription.Name) : null;
        lock (_modeLock)
        {
            if (settings.Mode != ProcessingMode.Adaptive)
            {
                Volatile.Write(ref _adaptive, null);
                SetMode(settings.Mode);
            }
            else if (Adaptive is null)
            {
                var adaptive = new AdaptiveMode(isAsync: !settings.MayBeSync);
                Volatile.Write(ref _adaptive, adaptive);
                SetMode(adaptive.Mode);
            }
        }
    }

    private void SetMode(ProcessingMode mode)
    {
        Volatile.Write(ref Unsafe.As<ProcessingMode, int>(ref _currentMode), (int)mode);
        // What waited for a batch to fill need not wait any longer.
        foreach (QueuePartition partition in _partitions ?? [])
            SignalAll(partition);
    }

    private static void SignalAll(QueuePartition partition)
    {
        // A signal activates one runner, and there is no use for more of them than events.
        int wanted = Math.Min(partition.Limit, partition.Rings.Count);
        for (int i = 0; i < wanted; i++)
            partition.Signal();
    }
}
