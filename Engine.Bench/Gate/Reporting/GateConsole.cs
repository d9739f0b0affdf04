using System.Globalization;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;

namespace Engine.Bench.Gate.Reporting;

/// <summary>The table that grows while the gate runs, and a line below it that says what is being done.</summary>
/// <param name="output">Where the table goes.</param>
/// <param name="progress">A terminal for the line, or null for none.</param>
internal sealed class GateConsole(TextWriter output, TextWriter? progress)
{
    private const int LineWidth = 78;
    private string? _section;

    public void Progress(string step) => progress?.Write($"\r{Shorten(step),-LineWidth}");

    public void Begin(GateBuilds builds)
    {
        ClearLine();
        output.WriteLine(
            $"base {builds.BaseCommit[..12]}, head {builds.HeadCommit[..12]}{(builds.HeadHasChanges ? " with uncommitted changes" : "")}");
    }

    /// <summary>Adds a row, below a heading where a new section begins.</summary>
    public void Add(string section, BenchmarkResult result)
    {
        ClearLine();
        if (section != _section)
            output.WriteLine($"{section}");
        _section = section;
        output.WriteLine(FormatRow(result));
        if (result.Note is not null)
            output.WriteLine($"      {result.Note}");
    }

    public void End(GateResult result)
    {
        ClearLine();
        foreach (string reason in result.Reasons)
            output.WriteLine(reason);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"gate {result.Outcome.ToString().ToLowerInvariant()} after {result.Duration.TotalSeconds:0} s"));
    }

    private static string FormatRow(BenchmarkResult result) => result.Run is null
        ? $"  {result.Benchmark.Name,-28} {result.Verdict}"
        : string.Create(CultureInfo.InvariantCulture,
            $"  {result.Benchmark.Name,-28} {result.Run.Ratio,6:0.000}  [{result.Run.Lowest:0.000} {result.Run.Highest:0.000}]  " +
            $"{result.Run.BaseNanoseconds,9:0.00} -> {result.Run.HeadNanoseconds,9:0.00} ns  {result.Verdict}");

    private static string Shorten(string step) => step.Length <= LineWidth ? step : step[..LineWidth];

    private void ClearLine() => progress?.Write($"\r{new string(' ', LineWidth)}\r");
}
