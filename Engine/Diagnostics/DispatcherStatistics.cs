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
    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"{Name}: lanes {LaneCount}, poll gap {ReadableText.Duration(PollGap)}, batches of at most {ReadableText.Count(MaxBatch)}, " +
        (IsSleeping ? "asleep" : "awake");
}
