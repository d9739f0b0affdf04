using static System.FormattableString;

namespace Engine.Bus;

/// <summary>The counters of a pool.</summary>
/// <param name="CreatedCount">Objects made because none was left over.</param>
/// <param name="RentedCount">Times an object was taken.</param>
/// <param name="InUseCount">Objects taken and not yet given back.</param>
public readonly record struct PoolStatistics(long CreatedCount, long RentedCount, long InUseCount)
{
    /// <summary>One line.</summary>
    public override string ToString() => Invariant($"{InUseCount:N0} in use, {RentedCount:N0} rented, {CreatedCount:N0} made");
}
