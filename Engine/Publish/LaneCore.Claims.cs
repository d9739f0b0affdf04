using System.Buffers;
using System.Runtime.CompilerServices;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Publish;

/// <summary>Slots that are filled in place.</summary>
internal sealed unsafe partial class LaneCore<T>
{
    // The claim that may be published now. Only that one lies at the cursor: while a claim is open the fast path is closed, and
    // whatever else uses the ring counts on.
    private long _claimNumber;

    /// <summary>Claims slots. By pointers and numbers, so that the claim is put together where it is used.</summary>
    public PublishOutcome Claim(int count, out long number, out T* slots, out int granted)
    {
        _producer.AssertOwner();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        number = 0;
        slots = null;
        granted = 0;
        if (_modes == DeliveryModes.None)
            return PublishOutcome.NotSubscribed;
        if ((_modes & DeliveryModes.Closed) != 0)
            return PublishOutcome.Stopped;
        CloseFastPath();
        number = ++_claimNumber;
        ClaimOutcome claim = Claim(count, mayWait: true, out long position, out granted);
        if (claim != ClaimOutcome.Claimed)
            return OutcomeOf(claim);
        int offset = (int)(position & _mask);
        slots = _slots + offset;
        granted = Math.Min(granted, Capacity - offset);
        return PublishOutcome.Published;
    }

    /// <summary>Whether a claim is the one that may be published now.</summary>
    public bool IsClaimed(long number) => number == _claimNumber;

    /// <summary>Publishes slots that have been claimed and filled: at least one.</summary>
    public PublishResult PublishClaimed(long number, ReadOnlySpan<T> events)
    {
        if (number != _claimNumber)
            return RefuseStale(events.Length);
        _claimNumber = number + 1;
        if ((_modes & (DeliveryModes.Inline | DeliveryModes.Closed)) != 0)
            return PublishClaimedUncommon(events);
        int kept = Publish(Producer.Cursor, events.Length);
        return kept == events.Length ? new PublishResult(kept, PublishOutcome.Published) : new PublishResult(kept, PublishOutcome.Stopped);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private PublishResult RefuseStale(int count)
    {
        CountRejected(count);
        return new PublishResult(0, PublishOutcome.Stale);
    }

    // An inline handler may itself publish into this lane and so use the claimed slots: what was filled in is copied
    // out of the ring before the handlers see it, and goes in again behind what they published.
    private PublishResult PublishClaimedUncommon(ReadOnlySpan<T> events)
    {
        DeliveryModes modes = _modes;
        if ((modes & DeliveryModes.Closed) != 0)
            return new PublishResult(0, PublishOutcome.Stopped);
        T[] copy = ArrayPool<T>.Shared.Rent(events.Length);
        try
        {
            events.CopyTo(copy);
            return PublishInlineAndToRing(copy.AsSpan(0, events.Length), modes);
        }
        finally
        {
            ArrayPool<T>.Shared.Return(copy);
        }
    }

    private protected override void EndStall(long ticks)
    {
        base.EndStall(ticks);
        _producer.TraceStall(EventType, ticks);
    }
}
