using Engine.Primitives;

namespace Engine.Dispatch;

/// <summary>
/// Decides when trace sessions hear of a worker's batch size and poll gap. Adaptive sizing moves both a little with every
/// round; worth telling is a change to the double or the half, and that at most ten times per second. A change that was
/// too soon is told later, if it lasts.
/// </summary>
internal struct BatchSizeReport
{
    private static readonly long ShortestTicks = MonotonicClock.FromTimeSpan(TimeSpan.FromMilliseconds(100));

    private int _maxBatch;
    private long _gapTicks;
    private long _lastTicks;

    /// <summary>Whether to report now; if so, the present sizes count as reported.</summary>
    public bool IsDue(BatchSizer sizer, long now)
    {
        bool isFirst = _maxBatch == 0;
        if (!isFirst && (now - _lastTicks < ShortestTicks
            || (!IsFarFrom(_maxBatch, sizer.MaxBatch) && !IsFarFrom(_gapTicks, sizer.PollGapTicks))))
        {
            return false;
        }

        (_maxBatch, _gapTicks, _lastTicks) = (sizer.MaxBatch, sizer.PollGapTicks, now);
        return true;
    }

    private static bool IsFarFrom(long reported, long current) =>
        reported != current && (current >= reported * 2 || current <= reported / 2);
}
