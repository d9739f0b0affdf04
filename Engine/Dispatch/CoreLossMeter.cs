using Engine.Primitives;

namespace Engine.Dispatch;

/// <summary>
/// Counts how often the host took the core away from a thread that polls: two looks at the clock with next to nothing between them, and
/// yet 50 microseconds or more apart. Where there was a garbage collection since the last such gap, it may have been that, and is not
/// counted. It says nothing of the time in which the thread does not poll, so the figures are a sample. One thread writes, others read.
/// </summary>
internal sealed class CoreLossMeter
{
    private static readonly long ShortestTicks = MonotonicClock.FromMicroseconds(50);

    private long _previousTicks;
    private int _collections = GC.CollectionCount(0);
    private long _count;
    private long _ticks;

    /// <summary>Times the core was taken away.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>For how long in all.</summary>
    public long Ticks => Volatile.Read(ref _ticks);

    /// <summary>The thread has looked at the clock, and done nothing else since the last call.</summary>
    public void Look(long now)
    {
        long gap = now - _previousTicks;
        if (_previousTicks != 0 && gap >= ShortestTicks)
            Record(gap, GC.CollectionCount(0));
        _previousTicks = now;
    }

    /// <summary>The thread does something else, or has done so: the next look is the first of a row.</summary>
    public void Break() => _previousTicks = 0;

    /// <summary>Counts a gap, unless there was a collection since the last one.</summary>
    internal void Record(long ticks, int collections)
    {
        if (collections != _collections)
        {
            _collections = collections;
            return;
        }

        Volatile.Write(ref _count, _count + 1);
        Volatile.Write(ref _ticks, _ticks + ticks);
    }
}
