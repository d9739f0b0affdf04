using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>An event that fills a cache line: a number, eight times.</summary>
internal readonly record struct WideEvent(ulong Number, ulong A, ulong B, ulong C, ulong D, ulong E, ulong F, ulong G) : IEvent<WideEvent>
{
    /// <summary>As long as the ring of the 16-byte events, which it is compared with.</summary>
    public static EventDescriptor Descriptor { get; } = new("bench.wide") { Capacity = 65536 };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WideEvent Of(long number)
    {
        ulong n = (ulong)number;
        return new WideEvent(n, n, n, n, n, n, n, n);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong Sum(ReadOnlySpan<WideEvent> events)
    {
        ulong sum = 0;
        foreach (ref readonly WideEvent e in events)
            sum += e.Number;
        return sum;
    }
}

/// <summary>Sums the numbers of wide events up.</summary>
internal sealed class WideSum : IBatchHandler<WideEvent>
{
    private ulong _sum;
    private long _seen;

    /// <summary>The sum; to be read after the last event has been waited for.</summary>
    public ulong Sum => _sum;

    /// <summary>Begins anew. No events may be under way.</summary>
    public void Reset() => (_sum, _seen) = (0, 0);

    /// <summary>Lets the calling thread wait until as many events have been handled.</summary>
    public void WaitUntilSeen(long count)
    {
        while (Volatile.Read(ref _seen) < count)
            Thread.Yield();
    }

    public void Handle(ReadOnlySpan<WideEvent> events, in Envelope envelope)
    {
        _sum += WideEvent.Sum(events);
        Volatile.Write(ref _seen, _seen + events.Length);
    }
}
