using Engine.Primitives;

namespace Engine.Diagnostics;

/// <summary>State of one dispatcher thread.</summary>
/// <param name="Name">Thread name.</param>
/// <param name="LaneCount">Lanes it serves.</param>
/// <param name="PollGap">Wait between two looks at the rings, as sized at present.</param>
/// <param name="MaxBatch">Most events of one batch, as sized at present.</param>
/// <param name="IsSleeping">Whether it sleeps.</param>
public sealed record DispatcherStatistics(string Name, int LaneCount, TimeSpan PollGap, int MaxBatch, bool IsSleeping)
{
    /// <summary>
    /// Times the host took the core away while the thread polled, for 50 microseconds or more: gaps in its own clock, those left out in
    /// which there may have been a garbage collection. A sample: while it dispatches, yields or sleeps, nothing is seen. Where this is
    /// not 0, part of a high percentile of the latency is the machine's.
    /// </summary>
    public long CoreLosses { get; init; }

    /// <summary>For how long in all.</summary>
    public TimeSpan CoreLossTime { get; init; }

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"{Name}: lanes {LaneCount}, poll gap {ReadableText.Duration(PollGap)}, batches of at most {ReadableText.Count(MaxBatch)}, " +
        (IsSleeping ? "asleep" : "awake") +
        (CoreLosses == 0
            ? ""
            : $", core lost {ReadableText.Count(CoreLosses)} times for {ReadableText.Duration(CoreLossTime)} in all");
}
