using Engine.Primitives;

namespace Engine.Dispatch;

/// <summary>The same gap and the same largest batch at all times.</summary>
internal sealed class FixedBatchSizer : BatchSizer
{
    public FixedBatchSizer(TimeSpan pollGap, int maxBatch)
    {
        PollGapTicks = MonotonicClock.FromTimeSpan(pollGap);
        MaxBatch = maxBatch;
    }

    public override void Record(in PollSample sample)
    {
    }
}
