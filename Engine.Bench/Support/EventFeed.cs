using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Bench.Support;

/// <summary>
/// The events a producer has to send: numbered ones at once, or one per interval, each with the time at which it was
/// due. Latency counted from that time includes what a late producer made later events wait, which counting from the
/// time of sending would leave out.
/// </summary>
internal sealed class EventFeed
{
    /// <summary>Time between two events of a paced feed.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMicroseconds(10);

    private readonly long _count;
    private readonly long _intervalTicks;
    private long _next;
    private long _dueTicks;

    private EventFeed(long count, TimeSpan interval)
    {
        _count = count;
        _intervalTicks = (long)(interval.TotalSeconds * Stopwatch.Frequency);
        _dueTicks = Stopwatch.GetTimestamp();
    }

    public static EventFeed Numbered(long count) => new(count, TimeSpan.Zero);

    public static EventFeed Paced(long count) => new(count, Interval);

    public static EventFeed Paced(long count, TimeSpan interval) => new(count, interval);

    /// <summary>The next event, when it is due; false after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryNext(out InstructionRetired next)
    {
        long number = _next;
        next = Checksum.Event(number);
        if (number == _count)
            return false;
        _next = number + 1;
        if (_intervalTicks != 0)
            next = next with { Pc = (ulong)WaitUntilDue() };
        return true;
    }

    private long WaitUntilDue()
    {
        _dueTicks += _intervalTicks;
        while (Stopwatch.GetTimestamp() < _dueTicks)
            Thread.SpinWait(1);
        return _dueTicks;
    }
}
