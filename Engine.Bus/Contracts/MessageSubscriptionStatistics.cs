using Engine.Primitives;
using static System.FormattableString;

namespace Engine.Bus;

/// <summary>
/// The counters of a message subscription. The ledger, exact at rest: accepted = acked + skipped + parked + stored +
/// discarded + dropped + waiting + in flight.
/// </summary>
public sealed record MessageSubscriptionStatistics
{
    /// <summary>Its id: that of its first topic's subscription to the bus.</summary>
    public long Id { get; init; }

    /// <summary>Name of the subscription.</summary>
    public required string Name { get; init; }

    /// <summary>Messages that may wait or be in flight.</summary>
    public int Capacity { get; init; }

    /// <summary>Events taken over from publishers, dropped ones included.</summary>
    public long Accepted { get; init; }

    /// <summary>Events refused because the queue was full or the subscription ended. Not in <see cref="Accepted"/>.</summary>
    public long Rejected { get; init; }

    /// <summary>Messages handled.</summary>
    public long Acked { get; init; }

    /// <summary>Messages that needed no handling.</summary>
    public long Skipped { get; init; }

    /// <summary>Messages in the list of parked ones.</summary>
    public long Parked { get; init; }

    /// <summary>Messages that the store for parked ones has written.</summary>
    public long Stored { get; init; }

    /// <summary>Parked messages that were discarded, or gave way to newer ones.</summary>
    public long Discarded { get; init; }

    /// <summary>New events dropped because the queue was full.</summary>
    public long DroppedIncoming { get; init; }

    /// <summary>Waiting messages dropped because the queue was full.</summary>
    public long DroppedOldest { get; init; }

    /// <summary>Messages dropped, new and waiting ones.</summary>
    public long Dropped => DroppedIncoming + DroppedOldest;

    /// <summary>Messages not handed out, those included that wait for their redelivery.</summary>
    public long Waiting { get; init; }

    /// <summary>Messages handed out and not settled, and those being written by the store for parked ones.</summary>
    public long InFlight { get; init; }

    /// <summary>Deliveries so far: messages handed out, redeliveries included.</summary>
    public long Delivered { get; init; }

    /// <summary>Deliveries that failed by a nack.</summary>
    public long Nacked { get; init; }

    /// <summary>Deliveries that failed because their lease expired.</summary>
    public long Expired { get; init; }

    /// <summary>Deliveries that were given back uncounted.</summary>
    public long Released { get; init; }

    /// <summary>Times the store for parked messages failed.</summary>
    public long StoreFailures { get; init; }

    /// <summary>The sequence given last.</summary>
    public long LastSequence { get; init; }

    /// <summary>The highest sequence up to which every message has been settled.</summary>
    public long Checkpoint { get; init; }

    /// <summary>Messages that wait or are in flight, of the <see cref="Capacity"/>.</summary>
    public long Backlog => Waiting + InFlight;

    /// <summary>Deliveries that failed, by a nack or because their lease expired.</summary>
    public long Failed => Nacked + Expired;

    /// <summary>Times from publishing to the ack, redeliveries included; one of 16 acks is measured, the first among them.</summary>
    public DurationDistribution AckTime { get; init; } = DurationDistribution.Empty;

    /// <summary>Whether the ledger adds up, as it does at rest.</summary>
    public bool IsBalanced => Accepted == Acked + Skipped + Parked + Stored + Discarded + Dropped + Waiting + InFlight;

    /// <summary>One line.</summary>
    public override string ToString() => Invariant(
        $"messages \"{Name}\" (#{Id}): {Waiting:N0} waiting and {InFlight:N0} in flight of {Capacity:N0}, ")
        + Invariant($"{Acked:N0} acked, {Nacked:N0} nacked, ")
        + Invariant($"{Expired:N0} expired, {Parked:N0} parked, {Rejected:N0} rejected, {Dropped:N0} dropped; publish to ack {AckTime}");
}
