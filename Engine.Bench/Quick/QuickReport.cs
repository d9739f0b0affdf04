using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Quick;

/// <summary>Collects rows and targets, prints them, and writes them as JSON.</summary>
internal sealed class QuickReport
{
    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly List<QuickRow> _rows = [];
    private readonly List<QuickTarget> _targets = [];
    private readonly List<double> _roundTrips = [];

    public void AddSection(string section, IReadOnlyList<string> names, RoundResult[] rounds, string unit)
    {
        _roundTrips.AddRange(rounds.Select(static round => round.RoundTripNanoseconds));
        for (int i = 0; i < names.Count; i++)
        {
            double[] values = [.. rounds.Select(round => round.Values[i])];
            AddRow(new QuickRow(section, names[i], Statistics.Median(values), values.Min(), values.Max(), unit));
        }
    }

    public void AddRow(QuickRow row) => _rows.Add(row);

    /// <summary>A target on the median of the ratios of two variants, each ratio taken within one round.</summary>
    public void AddRatioTarget(string name, RoundResult[] rounds, int variant, int reference, double limit)
    {
        double ratio = Statistics.Median(rounds.Select(round => round.Values[variant] / round.Values[reference]));
        _targets.Add(new QuickTarget(name, ratio, limit, ratio >= limit));
    }

    public void AddTarget(string name, double value, double limit, bool isMet) =>
        _targets.Add(new QuickTarget(name, value, limit, isMet));

    public void Print(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine(Invariant($"{MachineFacts()}; core-to-core round trip {_roundTrips.Min():F0} to {_roundTrips.Max():F0} ns, median {Statistics.Median(_roundTrips):F0}"));
        foreach (IGrouping<string, QuickRow> section in _rows.GroupBy(static row => row.Section))
        {
            output.WriteLine();
            output.WriteLine(Invariant($"{section.Key,-56} {"median",10} {"min",10} {"max",10}"));
            foreach (QuickRow row in section)
                output.WriteLine(Invariant($"  {row.Name,-54} {Number(row.Value),10} {Number(row.Min),10} {Number(row.Max),10} {row.Unit} {row.Note}").TrimEnd());
        }

        output.WriteLine();
        output.WriteLine("Targets (medians of ratios within a round)");
        foreach (QuickTarget target in _targets)
            output.WriteLine(Invariant($"  {(target.IsMet ? "met   " : "MISSED")} {target.Name,-72} {Number(target.Value),10} (limit {Number(target.Limit)})"));
    }

    public void WriteJson(string path)
    {
        var document = new
        {
            machine = MachineFacts(),
            date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            roundTripNanoseconds = new { median = Statistics.Median(_roundTrips), min = _roundTrips.Min(), max = _roundTrips.Max() },
            rows = _rows,
            targets = _targets,
        };
        File.WriteAllText(path, JsonSerializer.Serialize(document, JsonOptions));
    }

    private static string MachineFacts() =>
        $"{RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors, .NET {Environment.Version}";

    private static string Number(double value) => value switch
    {
        >= 100 => value.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("F1", CultureInfo.InvariantCulture),
        _ => value.ToString("F3", CultureInfo.InvariantCulture),
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
