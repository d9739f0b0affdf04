namespace Engine.Bench.Quick;

/// <summary>One line of the quick table.</summary>
/// <param name="Section">What is measured.</param>
/// <param name="Name">The variant.</param>
/// <param name="Value">Median over the rounds.</param>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Unit">Unit of the values.</param>
/// <param name="Note">Ratio, target and verdict, where the line has a target.</param>
internal sealed record QuickRow(string Section, string Name, double Value, double Min, double Max, string Unit, string Note = "");

/// <summary>A target, and whether it was met.</summary>
/// <param name="Name">What the target says.</param>
/// <param name="Value">The measured figure: the median of the ratios within rounds, or a median.</param>
/// <param name="Limit">The figure to reach.</param>
/// <param name="IsMet">Whether it was reached.</param>
internal sealed record QuickTarget(string Name, double Value, double Limit, bool IsMet);
