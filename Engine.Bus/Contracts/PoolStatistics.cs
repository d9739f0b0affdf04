namespace Engine.Bus;

/// <summary>The counters of a pool.</summary>
/// <param name="CreatedCount">Objects made because none was left over.</param>
/// <param name="RentedCount">Times an object was taken.</param>
/// <param name="InUseCount">Objects taken and not yet given back.</param>
public readonly record struct PoolStatistics(long CreatedCount, long RentedCount, long InUseCount)
{
    /// <summary>The share of takings that needed no new object, from 0 to 1; 1 if nothing was taken.</summary>
    public double ReuseRate => RentedCount == 0 ? 1 : 1 - (double)CreatedCount / RentedCount;

    /// <summary>One line.</summary>
    public override string ToString() => BusText.Of($"{InUseCount:N0} in use, {RentedCount:N0} rented, {CreatedCount:N0} made");
}
