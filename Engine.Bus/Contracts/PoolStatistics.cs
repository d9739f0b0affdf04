using Engine.Primitives;

namespace Engine.Bus;

/// <summary>The counters of a pool.</summary>
/// <param name="CreatedCount">Objects made because none was left over.</param>
/// <param name="RentedCount">Times an object was taken.</param>
/// <param name="InUseCount">Objects taken and not yet given back.</param>
public readonly record struct PoolStatistics(long CreatedCount, long RentedCount, long InUseCount)
{
    /// <summary>The share of takings that needed no new object, from 0 to 1; 1 if nothing was taken.</summary>
    public double ReuseRate => RentedCount == 0 ? 1 : 1 - (double)CreatedCount / RentedCount;

    /// <summary>The figures in one line, for people.</summary>
    public override string ToString() =>
        $"created {ReadableText.Count(CreatedCount)}, taken {ReadableText.Count(RentedCount)}, in use {ReadableText.Count(InUseCount)}";
}
