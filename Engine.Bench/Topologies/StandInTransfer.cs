using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Topologies;

/// <summary>How events go through the stand-in.</summary>
internal enum StandInForm
{
    OneByOneYielding,
    OneByOneBusySpin,
    Batches,
    ThreeProducers,
}

/// <summary>
/// Events through <see cref="StandInRing{T}"/>, with a handler that is called for each event and told which one ends a batch.
/// <code>producers -> ring -> event processor -> handler</code>
/// </summary>
internal sealed class StandInTransfer(StandInForm form) : IEventTransfer
{
    private const int BatchLength = NumberedEvents.SpanLength;

    private int ProducerCount => form == StandInForm.ThreeProducers ? 3 : 1;

    public string Name => form switch
    {
        StandInForm.OneByOneYielding => "Disruptor stand-in, one by one, yielding",
        StandInForm.OneByOneBusySpin => "Disruptor stand-in, one by one, busy-spin",
        StandInForm.Batches => $"Disruptor stand-in, batches of {BatchLength}",
        _ => "Disruptor stand-in, many producers, one by one",
    };

    public long EventCount => form switch
    {
        StandInForm.Batches => 50_000_000,
        StandInForm.ThreeProducers => 6_000_000,
        _ => 20_000_000,
    };

    public ulong ExpectedSum(long count) => unchecked((ulong)ProducerCount * Checksum.Expected(count / ProducerCount));

    public ulong Run(long count)
    {
        long each = count / ProducerCount;
        var ring = new StandInRing<InstructionRetired>(form == StandInForm.ThreeProducers);
        var handler = new Summing();
        var consumer = new Thread(() => Process(ring, handler, each * ProducerCount));
        consumer.Start();
        Thread[] producers = [.. Enumerable.Range(0, ProducerCount).Select(_ => new Thread(() => Produce(ring, each)))];
        foreach (Thread producer in producers)
            producer.Start();
        foreach (Thread producer in producers)
            producer.Join();
        consumer.Join();
        return handler.Sum;
    }

    public void Dispose()
    {
    }

    private void Process(StandInRing<InstructionRetired> ring, IStandInHandler handler, long count)
    {
        if (form == StandInForm.OneByOneBusySpin)
            Process(ring, handler, count, default(StandInBusySpin));
        else
            Process(ring, handler, count, default(StandInYielding));
    }

    private void Produce(StandInRing<InstructionRetired> ring, long count)
    {
        if (form == StandInForm.Batches)
            ProduceBatches(ring, count);
        else
            ProduceOneByOne(ring, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Process<TWait>(StandInRing<InstructionRetired> ring, IStandInHandler handler, long count, TWait wait)
        where TWait : struct, IStandInWait
    {
        for (long next = 0; next < count;)
        {
            long available = ring.WaitFor(next, wait);
            for (; next <= available; next++)
                handler.OnEvent(ref ring[next], next, next == available);
            ring.Gating = available;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProduceOneByOne(StandInRing<InstructionRetired> ring, long count)
    {
        for (long i = 0; i < count; i++)
        {
            long sequence = ring.Next(1);
            ring[sequence] = Checksum.Event(i);
            ring.Publish(sequence, sequence);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProduceBatches(StandInRing<InstructionRetired> ring, long count)
    {
        for (long i = 0; i < count;)
        {
            int length = (int)Math.Min(BatchLength, count - i);
            long last = ring.Next(length);
            for (long sequence = last - length + 1; sequence <= last; sequence++)
                ring[sequence] = Checksum.Event(i++);
            ring.Publish(last - length + 1, last);
        }
    }

    /// <summary>A handler of single events.</summary>
    private interface IStandInHandler
    {
        void OnEvent(ref InstructionRetired e, long sequence, bool isEndOfBatch);
    }

    private sealed class Summing : IStandInHandler
    {
        public ulong Sum { get; private set; }

        public void OnEvent(ref InstructionRetired e, long sequence, bool isEndOfBatch) => Sum += e.Pc;
    }
}
