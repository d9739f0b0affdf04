using Engine.Bench.Support;

namespace Engine.Bench.Gate.Measuring;

/// <summary>
/// Compares the times of several copies of two builds. Where the runtime happens to put a copy's code and data moves its time
/// by up to 30 %, up or down, and each copy is placed anew: the copies of one build have one usual time and some outliers.
/// So copies of equal rank are compared, the fastest with the fastest and so on, and the median of these ratios counts:
/// neither a lucky nor an unlucky copy of one build decides.
/// </summary>
internal static class CopyTimes
{
    /// <summary>Head to base.</summary>
    /// <param name="baseTimes">One time per copy.</param>
    /// <param name="headTimes">As many, in the same unit.</param>
    public static double Ratio(IReadOnlyCollection<double> baseTimes, IReadOnlyCollection<double> headTimes)
    {
        if (baseTimes.Count != headTimes.Count)
            throw new ArgumentException(
                $"Both builds need as many copies; got {baseTimes.Count} and {headTimes.Count}.", nameof(headTimes));
        return Statistics.Median(headTimes.Order().Zip(baseTimes.Order(), static (head, @base) => head / @base));
    }
}
