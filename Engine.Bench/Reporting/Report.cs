using Engine.Bench.Support;

namespace Engine.Bench.Reporting;

/// <summary>What one run of a command found: tables, targets, and where it was measured.</summary>
/// <param name="name">The command's name.</param>
/// <param name="title">What the command measures.</param>
/// <param name="commandLine">What to type to measure it again.</param>
internal sealed class Report(string name, string title, string commandLine)
{
    private readonly List<Table> _tables = [];
    private readonly List<Target> _targets = [];

    public string Name { get; } = name;

    public string Title { get; } = title;

    public string CommandLine { get; } = commandLine;

    public MachineFacts Machine { get; init; } = MachineFacts.Read();

    public DateTime Date { get; init; } = DateTime.UtcNow;

    public IReadOnlyList<Table> Tables => _tables;

    public IReadOnlyList<Target> Targets => _targets;

    /// <summary>The core-to-core round trips measured beside the rounds of all tables, in nanoseconds.</summary>
    public IReadOnlyList<double> RoundTripsNanoseconds => [.. _tables.SelectMany(static table => table.RoundTripsNanoseconds)];

    public void Add(Table table) => _tables.Add(table);

    /// <summary>Adds a table of rounds and the round trips measured beside them.</summary>
    public void Add(Table table, IEnumerable<RoundResult> rounds) =>
        _tables.Add(table with { RoundTripsNanoseconds = [.. rounds.Select(static round => round.RoundTripNanoseconds)] });

    /// <summary>A target on the median of the ratios of two variants, each ratio taken within one round.</summary>
    public void AddRatioTarget(string name, RoundResult[] rounds, int variant, int reference, double limit)
    {
        double ratio = RoundsTable.MedianRatio(rounds, variant, reference);
        AddTarget(name, ratio, limit, ratio >= limit);
    }

    /// <summary>The same, with the best of several variants in each round as the reference.</summary>
    public void AddBestRatioTarget(string name, RoundResult[] rounds, int variant, int[] references, double limit)
    {
        double ratio = Statistics.Median(
            rounds.Select(round => round.Values[variant] / references.Max(reference => round.Values[reference])));
        AddTarget(name, ratio, limit, ratio >= limit);
    }

    public void AddTarget(string name, double value, double limit, bool isMet) =>
        _targets.Add(new Target(name, value, limit, isMet));
}
