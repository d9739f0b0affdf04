using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bench.Support;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bench.Topologies;

/// <summary>
/// The limit for 64-byte events: a hand-written loop, a slot or a run of slots and then the cursor; its consumer pauses between two looks.
/// <code>producer -> ring -> consumer</code>
/// </summary>
/// <param name="runLength">Slots that are filled before the cursor is stored.</param>
internal sealed class BareWide(int runLength) : IEventTransfer
{
    private static readonly long PauseTicks = (long)(Topology.BarePause.TotalSeconds * Stopwatch.Frequency);

    private readonly RingBuffer<WideEvent> _ring = new(WideEvent.Descriptor.Capacity);
    private PaddedInt64 _published;
    private PaddedInt64 _consumed;

    public string Name => runLength == 1 ? "bare ring, one by one" : $"bare ring, spans of {runLength}";

    public long EventCount => 20_000_000;

    public ulong Run(long count)
    {
        ulong sum = 0;
        (_published.Value, _consumed.Value) = (0, 0);
        var consumer = new Thread(() => sum = Consume(count));
        consumer.Start();
        Produce(count);
        consumer.Join();
        return sum;
    }

    public void Dispose()
    {
    }

    // Runs end with the ring, whose length is a multiple of theirs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Produce(long count)
    {
        long limit = _ring.Capacity;
        for (long first = 0; first < count;)
        {
            long end = Math.Min(count, first + runLength);
            while (end > limit)
                limit = Volatile.Read(ref _consumed.Value) + _ring.Capacity;
            Span<WideEvent> slots = _ring.Slice(first, (int)(end - first));
            for (int k = 0; k < slots.Length; k++)
                slots[k] = WideEvent.Of(first + k);
            Volatile.Write(ref _published.Value, end);
            first = end;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ulong Consume(long count)
    {
        ulong sum = 0;
        for (long consumed = 0; consumed < count;)
        {
            long published = Volatile.Read(ref _published.Value);
            while (consumed < published)
            {
                Span<WideEvent> run = _ring.Slice(consumed, (int)Math.Min(published - consumed, _ring.Capacity / 4));
                sum += WideEvent.Sum(run);
                consumed += run.Length;
                Volatile.Write(ref _consumed.Value, consumed);
            }

            long from = Stopwatch.GetTimestamp();
            while (Stopwatch.GetTimestamp() - from < PauseTicks)
                Thread.SpinWait(1);
        }

        return sum;
    }
}
