using Engine.Bench.Gate.Measuring;
using Engine.Bench.Support;

namespace Engine.Bench.Gate.Judging;

/// <summary>One benchmark measured by <see cref="VerdictRule.ProcessCount"/> fresh processes.</summary>
/// <param name="Samples">One per process.</param>
internal sealed record SampleRun(IReadOnlyList<ProcessSample> Samples)
{
    public IReadOnlyList<double> Ratios => [.. Samples.Select(static sample => sample.Ratio)];

    /// <summary>The median of the processes' ratios.</summary>
    public double Ratio => Statistics.Median(Ratios);

    /// <summary>The smallest ratio. With the largest it holds the true median with a probability of 98 % (1 - 2/2^7).</summary>
    public double Lowest => Ratios.Min();

    public double Highest => Ratios.Max();

    public double BaseNanoseconds => Statistics.Median(Samples.Select(static sample => sample.BaseNanoseconds));

    public double HeadNanoseconds => Statistics.Median(Samples.Select(static sample => sample.HeadNanoseconds));

    /// <summary>
    /// The least that any process saw. Bytes are counted exactly, but the JIT compiler may keep an object off the heap in
    /// one process and not in the other.
    /// </summary>
    public double BaseBytes => Samples.Min(static sample => sample.BaseBytes);

    public double HeadBytes => Samples.Min(static sample => sample.HeadBytes);
}
