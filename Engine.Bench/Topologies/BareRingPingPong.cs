using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Bench.Support;
using Engine.Primitives;
using Engine.Ring;

namespace Engine.Bench.Topologies;

/// <summary>
/// The limit for a ping-pong: two rings with nothing but cursors, both threads polling without pause.
/// <code>
/// thread 1 -> ring of Ping -> thread 2 -> ring of Pong -> thread 1
/// </code>
/// </summary>
internal sealed class BareRingPingPong : ILatencyRun
{
    private const int Capacity = 1024;

    private readonly RingBuffer<Ping> _pings = new(Capacity);
    private readonly RingBuffer<Pong> _pongs = new(Capacity);
    private readonly Cursors _cursors = new();

    public string Name => "bare rings, both polled (the limit)";

    public void Run(int count, LatencySamples samples)
    {
        (_cursors.Pings, _cursors.Pongs) = (0, 0);
        var answerer = new Thread(() => Answer(count));
        answerer.Start();
        Ask(count, samples);
        answerer.Join();
    }

    public void Dispose()
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Ask(int count, LatencySamples samples)
    {
        for (long i = 0; i < count; i++)
        {
            _pings[i] = new Ping(i, Stopwatch.GetTimestamp());
            Volatile.Write(ref _cursors.Pings, i + 1);
            WaitFor(ref _cursors.Pongs, i + 1);
            Pong pong = _pongs[i];
            if (pong.Number != i)
                throw new InvalidOperationException($"Pong {pong.Number} came as answer {i}.");
            samples.Record(MonotonicClock.ToNanoseconds(Stopwatch.GetTimestamp() - pong.SentTicks));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Answer(int count)
    {
        for (long i = 0; i < count; i++)
        {
            WaitFor(ref _cursors.Pings, i + 1);
            Ping ping = _pings[i];
            _pongs[i] = new Pong(ping.Number, ping.SentTicks);
            Volatile.Write(ref _cursors.Pongs, i + 1);
        }
    }

    private static void WaitFor(ref long cursor, long position)
    {
        for (int spins = 1; Volatile.Read(ref cursor) < position; spins++)
        {
            // With one processor the other side can only run when this one gives way.
            if (spins % 10_000 == 0)
                Thread.Yield();
        }
    }

    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private sealed class Cursors
    {
        [FieldOffset(128)]
        public long Pings;

        [FieldOffset(256)]
        public long Pongs;
    }
}
