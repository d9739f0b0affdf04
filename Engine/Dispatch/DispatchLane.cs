using System.Diagnostics;
using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Dispatch;

/// <summary>
/// The dispatcher's side of a lane. Whoever holds the sequencer's consumer lease may dispatch from it; the lease is
/// what keeps two workers from running one lane at once.
/// </summary>
[DebuggerDisplay("{EventType.Name,nq} of {Producer.Name,nq}: {Backlog} waiting, {Batches} batches so far")]
internal abstract class DispatchLane(EventDescriptor eventType, ProducerInfo producer, Sequencer sequencer)
{
    // Written by the holder of the lease.
    private long _batches;
    private long _largestBatch;
    private bool _isRetired;

    // Written by the worker whose own the lane is.
    private long _lastEmptyTicks;

    public EventDescriptor EventType { get; } = eventType;

    public ProducerInfo Producer { get; } = producer;

    public Sequencer Sequencer { get; } = sequencer;

    public int Weight => (int)EventType.Priority;

    public DurationHistogram Latency { get; } = new();

    public long Batches => Volatile.Read(ref _batches);

    public long LargestBatch => Volatile.Read(ref _largestBatch);

    /// <summary>Events waiting, or about to be published.</summary>
    public long Backlog => Math.Max(0, Sequencer.Cursor - Sequencer.Consumed);

    public bool HasBacklog => Sequencer.HasBacklog;

    /// <summary>The last look that found nothing waiting: what waits now was published after it. 0 if there was none.</summary>
    public long LastEmptyTicks
    {
        get => Volatile.Read(ref _lastEmptyTicks);
        set => Volatile.Write(ref _lastEmptyTicks, value);
    }

    /// <summary>Whether the producer has gone; the lane is dropped once it is empty.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    public void Retire() => Volatile.Write(ref _isRetired, true);

    /// <summary>Dispatches one batch. To be called by the holder of the lease. Never throws.</summary>
    /// <param name="maxEvents">The most events wanted.</param>
    /// <param name="turn">What the worker brings.</param>
    /// <param name="hasMore">Whether the look at the ring saw more than the batch holds.</param>
    /// <returns>Events dispatched.</returns>
    public abstract int DispatchBatch(int maxEvents, in DispatchTurn turn, out bool hasMore);

    /// <summary>Announces losses behind which no event will come. To be called by the holder of the lease.</summary>
    public abstract void DispatchTrailingLoss(HandlerScope scope);

    private protected void CountBatch(int events)
    {
        Volatile.Write(ref _batches, _batches + 1);
        if (events > _largestBatch)
            Volatile.Write(ref _largestBatch, events);
    }
}

/// <summary>What a worker brings to the batches of one round.</summary>
/// <param name="Scope">The worker's handler scope.</param>
/// <param name="PollTicks">When it looked at the rings.</param>
internal readonly record struct DispatchTurn(HandlerScope Scope, long PollTicks);
