namespace Engine.Bench.Gate.Judging;

/// <summary>The rule that says slower: one run of processes is suspicious, and a second run of fresh ones agrees.</summary>
internal static class VerdictRule
{
    /// <summary>Processes of a run. Odd, so that the median is one of them.</summary>
    public const int ProcessCount = 7;

    /// <summary>The median ratio of a slow run is above this, unless the acceptance file says more.</summary>
    public const double MedianLimit = 1.05;

    /// <summary>And the second-smallest ratio is above this: all processes but one are to see it.</summary>
    public const double SecondSmallestLimit = 1.02;

    /// <summary>Whether one run of processes says slower.</summary>
    /// <param name="ratios">Head to base, one per process.</param>
    /// <param name="limit">Limit of the median. That of the second-smallest grows in proportion.</param>
    public static bool IsSlower(IReadOnlyList<double> ratios, double limit = MedianLimit)
    {
        double[] sorted = Sort(ratios);
        return sorted[ProcessCount / 2] > limit && sorted[1] > SecondSmallestLimit * (limit / MedianLimit);
    }

    /// <summary>Whether one run of processes says faster: the base would be slower than the head.</summary>
    public static bool IsFaster(IReadOnlyList<double> ratios) => IsSlower([.. ratios.Select(static ratio => 1 / ratio)]);

    private static double[] Sort(IReadOnlyList<double> ratios)
    {
        if (ratios.Count != ProcessCount)
            throw new ArgumentException($"The rule takes the ratios of {ProcessCount} processes; got {ratios.Count}.", nameof(ratios));
        return [.. ratios.Order()];
    }
}
