using System.Diagnostics;
using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>What the lanes of one producer share.</summary>
internal sealed class ProducerState(ProducerInfo info, SubscriptionContext subscriptions)
{
    // Shorter stalls are told to verbose sessions only: under pressure a lane stalls at every few batches.
    private static readonly long LongStallTicks = MonotonicClock.FromMicroseconds(100);

    // Written by the producer, read by dispatchers.
    private PaddedInt64 _instructionCount;
    private PaddedInt64 _virtualTime;
    private PaddedInt64 _progress;
    private int _progressThreadId;
    private int _ownerThreadId;

    public ProducerInfo Info { get; } = info;

    public string EngineName => subscriptions.EngineName;

    public int SubscriptionVersion => subscriptions.Version;

    /// <summary>What subscriptions ask of virtual CPUs.</summary>
    public BoundaryBook Boundaries => subscriptions.Boundaries;

    /// <summary>Whether a subscription wants this producer's instructions wherever they are.</summary>
    public bool WantsBeyondRegions => subscriptions.Active.Any(
        subscription => subscription is Subscription<InstructionRetired> { Bounds: null or { Tally: null } } all && all.Wants(Info.Id));

    public long InstructionCount
    {
        get => Volatile.Read(ref _instructionCount.Value);
        set => Volatile.Write(ref _instructionCount.Value, value);
    }

    /// <summary>Written and read by the producer, for what it publishes.</summary>
    public long VirtualTime
    {
        get => _virtualTime.Value;
        set => _virtualTime.Value = value;
    }

    /// <summary>
    /// The least virtual time of what may still come. An acquire: what was published before the report is seen behind it.
    /// </summary>
    public long Progress => Volatile.Read(ref _progress.Value);

    /// <summary>The thread that reported last; 0 if none has.</summary>
    public int ProgressThreadId => Volatile.Read(ref _progressThreadId);

    /// <summary>Moves <see cref="Progress"/> on: a release.</summary>
    public void ReportProgress(long virtualTime)
    {
        _progressThreadId = Environment.CurrentManagedThreadId;
        if (virtualTime > _progress.Value)
            Volatile.Write(ref _progress.Value, virtualTime);
    }

    /// <summary>The producer has been set back, and no merging subscription takes its events: nothing is promised.</summary>
    public void TakeBackProgress() => Volatile.Write(ref _progress.Value, 0);

    /// <summary>Forgets the thread, so that the next one that publishes becomes the owner.</summary>
    public void ReleaseOwnership() => Volatile.Write(ref _ownerThreadId, 0);

    /// <summary>Tells trace sessions that a publisher has waited for a free slot.</summary>
    public void TraceStall(EventDescriptor eventType, long ticks)
    {
        EngineEventSource log = EngineEventSource.Log;
        EventLevel level = ticks >= LongStallTicks ? EventLevel.Warning : EventLevel.Verbose;
        if (log.IsEnabled(level, EngineEventSource.Keywords.Backpressure))
            log.ProducerStalled(EngineName, eventType.Name, Info.Id, Info.Name, MonotonicClock.ToMicroseconds(ticks));
    }

    /// <summary>Debug builds only: the first thread that publishes is the producer's thread, and any other is an error.</summary>
    /// <exception cref="InvalidOperationException">Another thread publishes.</exception>
    [Conditional("DEBUG")]
    public void AssertOwner()
    {
        int current = Environment.CurrentManagedThreadId;
        int owner = Interlocked.CompareExchange(ref _ownerThreadId, current, 0);
        if (owner != 0 && owner != current)
        {
            throw new InvalidOperationException(
                $"A lane has a single producer thread: producer \"{Info.Name}\" belongs to thread {owner}, but thread {current} " +
                "publishes into it. " +
                "Give each thread its own producer, publish through the engine's shared producer, or call " +
                "EventProducer.ReleaseOwnership at the hand-over.");
        }
    }
}
