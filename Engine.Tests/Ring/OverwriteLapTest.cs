using System.Diagnostics;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Tests.Ring;

/// <summary>
/// A consumer that is overtaken by whole laps between its loads: what it gets is whole, in order and accounted for. The
/// model of every interleaving is <c>docs/design/models/overwrite.pml</c>.
/// </summary>
internal sealed class OverwriteLapTest
{
    // At least so long, and until it has been overtaken so often, however long that takes.
    private const int Gaps = 100;
    private static readonly TimeSpan Effort = TimeSpan.FromMilliseconds(500);

    [TestCase(2)]
    [TestCase(16)]
    public void Overtaken_consumer_gets_whole_events_in_order(int capacity)
    {
        var buffer = new RingBuffer<(long First, long Second)>(capacity);
        var sequencer = new SingleProducerSequencer(capacity, OverflowPolicy.DropOldest, new WakeSignal());
        long published = 0;
        bool isOver = false;
        var producer = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                sequencer.Claim(1, mayWait: false, out long position, out _);
                buffer[position] = (position, position);
                sequencer.Publish(position, 1);
                published++;
            }
        });
        producer.Start();
        try
        {
            ReadPast(new RingReader<(long First, long Second)>(buffer, sequencer));
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            producer.Join();
        }

        Assert.That(published, Is.GreaterThan(capacity));
    }

    private static void ReadPast(RingReader<(long First, long Second)> reader)
    {
        long next = 0;
        long start = Stopwatch.GetTimestamp();
        for (int seen = 0; seen < Gaps || Stopwatch.GetElapsedTime(start) < Effort;)
        {
            if (!reader.TryRead(int.MaxValue, out RingBatch<(long First, long Second)> batch))
            {
                Thread.Yield();
                continue;
            }

            seen += batch.LostBefore > 0 ? 1 : 0;
            if (batch.FirstSequence != next + batch.LostBefore)
                Assert.Fail($"Expected sequence {next} + {batch.LostBefore} lost, got {batch.FirstSequence}.");
            foreach ((long first, long second) in batch.Events)
            {
                if (first != second || first != batch.FirstSequence + (first - batch.Events[0].First))
                    Assert.Fail($"Torn or misplaced event ({first}, {second}) in the batch from {batch.FirstSequence}.");
            }

            next = batch.FirstSequence + batch.Events.Length;
            reader.Advance(batch.Events.Length);
        }
    }
}
