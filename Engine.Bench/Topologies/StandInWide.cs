using System.Runtime.CompilerServices;
using Engine.Bench.Support;

namespace Engine.Bench.Topologies;

/// <summary>
/// 64-byte events through <see cref="StandInRing{T}"/>: filled in place in batches, handled one by one, its waits yielding.
/// <code>producer -> ring -> event processor -> handler</code>
/// </summary>
internal sealed class StandInWide : IEventTransfer
{
    private const int BatchLength = NumberedEvents.SpanLength;

    public string Name => $"Disruptor stand-in, batches of {BatchLength}";

    public long EventCount => 20_000_000;

    public ulong Run(long count)
    {
        var ring = new StandInRing<WideEvent>(isMultiProducer: false);
        ulong sum = 0;
        var consumer = new Thread(() => sum = Process(ring, new Summing(), count, default(StandInYielding)));
        consumer.Start();
        Produce(ring, count);
        consumer.Join();
        return sum;
    }

    public void Dispose()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Process<TWait>(StandInRing<WideEvent> ring, IWideHandler handler, long count, TWait wait)
        where TWait : struct, IStandInWait
    {
        for (long next = 0; next < count;)
        {
            long available = ring.WaitFor(next, wait);
            for (; next <= available; next++)
                handler.OnEvent(ref ring[next], next, next == available);
            ring.Gating = available;
        }

        return handler.Sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Produce(StandInRing<WideEvent> ring, long count)
    {
        for (long i = 0; i < count;)
        {
            int length = (int)Math.Min(BatchLength, count - i);
            long last = ring.Next(length);
            for (long sequence = last - length + 1; sequence <= last; sequence++)
                ring[sequence] = WideEvent.Of(i++);
            ring.Publish(last - length + 1, last);
        }
    }

    private interface IWideHandler
    {
        ulong Sum { get; }

        void OnEvent(ref WideEvent e, long sequence, bool isEndOfBatch);
    }

    private sealed class Summing : IWideHandler
    {
        public ulong Sum { get; private set; }

        public void OnEvent(ref WideEvent e, long sequence, bool isEndOfBatch) => Sum += e.Number;
    }
}
