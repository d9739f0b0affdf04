using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Support;

/// <summary>A ring of numbers with both its sides, driven step by step. Event n carries the value n.</summary>
internal sealed class RingUnderTest
{
    private readonly RingReader<long> _reader;
    private int _unfreed;

    public RingUnderTest(Sequencer sequencer, WakeSignal signal)
    {
        Sequencer = sequencer;
        Signal = signal;
        Buffer = new RingBuffer<long>(sequencer.Capacity);
        _reader = new RingReader<long>(Buffer, sequencer);
    }

    public Sequencer Sequencer { get; }

    public WakeSignal Signal { get; }

    public RingBuffer<long> Buffer { get; }

    /// <summary>Events offered so far; the next event carries this value.</summary>
    public long Offered { get; private set; }

    public static RingUnderTest Create<TFactory>(int capacity, OverflowPolicy policy)
        where TFactory : struct, ISequencerFactory
    {
        var signal = new WakeSignal();
        return new RingUnderTest(TFactory.Create(capacity, policy, signal), signal);
    }

    /// <summary>Offers one event without waiting.</summary>
    public ClaimOutcome Publish()
    {
        ClaimOutcome outcome = Sequencer.Claim(1, mayWait: false, out long position, out int granted);
        if (granted > 0)
        {
            Buffer[position] = Offered;
            Sequencer.Publish(position, 1);
        }

        if (outcome != ClaimOutcome.Closed)
            Offered++;
        return outcome;
    }

    /// <summary>Offers events one by one; returns how many were accepted.</summary>
    public int Publish(int count)
    {
        int accepted = 0;
        for (int i = 0; i < count; i++)
            accepted += Publish() == ClaimOutcome.Claimed ? 1 : 0;
        return accepted;
    }

    /// <summary>Offers events with one claim, which may be granted in part; returns how many were accepted.</summary>
    public int PublishBatch(int count)
    {
        ClaimOutcome outcome = Sequencer.Claim(count, mayWait: false, out long position, out int granted);
        for (int i = 0; i < granted; i++)
            Buffer[position + i] = Offered++;
        if (granted > 0)
            Sequencer.Publish(position, granted);
        else if (outcome != ClaimOutcome.Closed)
            Offered += count;
        return granted;
    }

    /// <summary>Takes a batch and leaves its slots in use.</summary>
    public Received Take(int maxCount)
    {
        if (!_reader.TryRead(maxCount, out RingBatch<long> batch))
            return Received.Nothing;
        _unfreed = batch.Events.Length;
        return new Received(batch.FirstSequence, batch.LostBefore, batch.Events.ToArray()) { HasMore = batch.HasMore };
    }

    /// <summary>Frees the batch taken last.</summary>
    public void Free()
    {
        _reader.Advance(_unfreed);
        _unfreed = 0;
    }

    /// <summary>Takes a batch and frees its slots.</summary>
    public Received Read(int maxCount)
    {
        Received received = Take(maxCount);
        if (received.Values.Length > 0)
            Free();
        return received;
    }

    /// <summary>Reads until nothing is left.</summary>
    public List<Received> ReadAll()
    {
        var batches = new List<Received>();
        while (Read(int.MaxValue) is { Values.Length: > 0 } received)
            batches.Add(received);
        return batches;
    }
}

/// <summary>A batch as the consumer got it.</summary>
internal sealed record Received(long FirstSequence, long LostBefore, long[] Values)
{
    public static readonly Received Nothing = new(-1, 0, []);

    public bool HasMore { get; init; }
}

/// <summary>Checks what must hold of every ledger at rest.</summary>
internal static class LedgerAssert
{
    public static void Balances(RingLedger ledger, long offered)
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                ledger.Dispatched + ledger.Undelivered + ledger.DroppedIncoming + ledger.DroppedOldest + ledger.Buffered,
                Is.EqualTo(ledger.Published), $"published = dispatched + undelivered + dropped + buffered: {ledger}");
            Assert.That(ledger.Offered, Is.EqualTo(offered), $"offered = published + rejected: {ledger}");
        });
    }
}
