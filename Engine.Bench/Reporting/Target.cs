namespace Engine.Bench.Reporting;

/// <summary>A target, and whether it was met.</summary>
/// <param name="Name">What the target says.</param>
/// <param name="Value">The measured figure: the median of the ratios within rounds, or a median.</param>
/// <param name="Limit">The figure to reach.</param>
/// <param name="IsMet">Whether it was reached.</param>
internal sealed record Target(string Name, double Value, double Limit, bool IsMet);
