namespace Engine.Bench.Reporting;

/// <summary>Where values lie along a chart's axis, and where its grid lines are.</summary>
/// <param name="IsLogarithmic">Whether equal distances are equal ratios.</param>
/// <param name="Start">Value at the beginning.</param>
/// <param name="End">Value at the end.</param>
/// <param name="Ticks">Values of the grid lines.</param>
internal sealed record ChartAxis(bool IsLogarithmic, double Start, double End, IReadOnlyList<double> Ticks)
{
    private const double LargestLinearRatio = 50;
    private const int LinearTicks = 5;
    private const double LogarithmicMargin = 1.15;

    /// <summary>The axis for bars and the ends of their whiskers, all positive.</summary>
    public static ChartAxis Of(IEnumerable<double> bars, IEnumerable<double> whiskers)
    {
        double[] heights = [.. bars];
        double[] all = [.. heights, .. whiskers.Where(static end => end > 0)];
        if (all.Length == 0)
            return new ChartAxis(false, 0, 1, [0, 1]);
        return heights.Max() / heights.Min() > LargestLinearRatio
            ? Logarithmic(all.Min(), all.Max())
            : Linear(all.Max());
    }

    /// <summary>A value's place, from 0 at the start to 1 at the end.</summary>
    public double Fraction(double value) => Math.Clamp(
        IsLogarithmic
            ? Math.Log(Math.Max(value, Start) / Start) / Math.Log(End / Start)
            : (value - Start) / (End - Start),
        0,
        1);

    private static ChartAxis Logarithmic(double smallest, double largest)
    {
        int first = (int)Math.Floor(Math.Log10(smallest));
        // The smallest bar is not to vanish.
        if (smallest < Math.Pow(10, first) * 1.5)
            first--;
        int last = (int)Math.Floor(Math.Log10(largest));
        return new ChartAxis(
            true, Math.Pow(10, first), largest * LogarithmicMargin,
            [.. Enumerable.Range(first, last - first + 1).Select(static e => Math.Pow(10, e))]);
    }

    private static ChartAxis Linear(double largest)
    {
        double rough = largest / LinearTicks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = new[] { 1.0, 2, 2.5, 5, 10 }.First(factor => factor * power >= rough) * power;
        int count = (int)Math.Ceiling(largest / step);
        return new ChartAxis(false, 0, count * step, [.. Enumerable.Range(0, count + 1).Select(i => i * step)]);
    }
}
