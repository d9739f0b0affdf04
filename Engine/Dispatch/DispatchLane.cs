using Engine.Events;
using Engine.Primitives;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Dispatch;

/// <summary>
/// The dispatcher's side of a lane. Whoever holds the sequencer's consumer lease may dispatch from it; the lease is
/// what keeps two workers from running one lane at once.
/// </summary>
internal abstract class DispatchLane(EventDescriptor eventType, ProducerInfo producer, Sequencer sequencer)
{
    // Written by the holder of the lease.
    private long _batches;
    private long _largestBatch;
    private bool _isRetired;

    public EventDescriptor EventType { get; } = eventType;

    public ProducerInfo Producer { get; } = producer;

    public Sequencer Sequencer { get; } = sequencer;

    public int Weight => (int)EventType.Priority;

    public LatencyHistogram Latency { get; } = new();

    public long Batches => Volatile.Read(ref _batches);

    public long LargestBatch => Volatile.Read(ref _largestBatch);

    /// <summary>Events waiting, or about to be published.</summary>
    public long Backlog => Math.Max(0, Sequencer.Cursor - Sequencer.Consumed);

    public bool HasBacklog => Sequencer.HasBacklog;

    /// <summary>Whether the producer has gone; the lane is dropped once it is empty.</summary>
    public bool IsRetired => Volatile.Read(ref _isRetired);

    public void Retire() => Volatile.Write(ref _isRetired, true);

    /// <summary>Dispatches one batch. To be called by the holder of the lease. Never throws.</summary>
    /// <returns>Events dispatched.</returns>
    public abstract int DispatchBatch(int maxEvents, in DispatchTurn turn);

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
/// <param name="PreviousPollTicks">When it looked at the rings before.</param>
/// <param name="PollTicks">When it looked at them this time.</param>
internal readonly record struct DispatchTurn(HandlerScope Scope, long PreviousPollTicks, long PollTicks);
