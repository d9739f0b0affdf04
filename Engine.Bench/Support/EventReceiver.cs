using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events.Vm;
using Engine.Primitives;

namespace Engine.Bench.Support;

/// <summary>
/// What a consumer does with the events of an <see cref="EventFeed"/>: sums the numbers up, and notes latencies if asked
/// to.
/// </summary>
/// <param name="samples">Where latencies go; null for none.</param>
internal sealed class EventReceiver(LatencySamples? samples)
{
    private ulong _sum;
    private long _seen;

    /// <summary>Events handled; other threads may read it.</summary>
    public long Seen => Volatile.Read(ref _seen);

    /// <summary>Sum of the numbers; to be read after <see cref="Seen"/> has shown the last event.</summary>
    public ulong Sum => _sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Handle(in InstructionRetired e)
    {
        _sum += e.Opcode;
        samples?.Record(MonotonicClock.ToNanoseconds(Stopwatch.GetTimestamp() - (long)e.Pc));
        Volatile.Write(ref _seen, _seen + 1);
    }

    /// <summary>Lets the calling thread wait until as many events have been handled.</summary>
    public void WaitUntilSeen(long count)
    {
        while (Seen < count)
            Thread.Yield();
    }
}
