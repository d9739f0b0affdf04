using BenchmarkDotNet.Mathematics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Engine.Bench.Reporting;
using Perfolizer.Mathematics.Common;

namespace Engine.Bench.Micro;

/// <summary>Results of BenchmarkDotNet as tables, one per suite.</summary>
internal static class MicroTables
{
    private const string AllocatedMetric = "Allocated Memory";
    private static readonly ChartColumns MeanAndError = new(0, 4, 5);

    public static IEnumerable<Table> Of(Summary summary) =>
        summary.BenchmarksCases.GroupBy(static benchmark => benchmark.Descriptor.Type)
            .OrderBy(static suite => suite.Key.Name, StringComparer.Ordinal)
            .Select(suite => Create(suite.Key, [.. suite], summary));

    private static Table Create(Type suite, BenchmarkCase[] benchmarks, Summary summary)
    {
        // Diagnosers of options add columns of their own.
        string[] extra =
        [
            .. benchmarks.SelectMany(benchmark => summary[benchmark]!.Metrics.Values)
                .Where(static metric => metric.Descriptor.Id is "LockContentionCount" or "CompletedWorkItemCount")
                .Select(static metric => metric.Descriptor.DisplayName).Distinct(),
        ];
        return new Table(
            suite.Name,
            suite.Name,
            [
                new Column("mean", "ns"), new Column("error", "ns"), new Column("allocated", "B"), new Column("rate", "M events/s"),
                new Column("min", "ns"), new Column("max", "ns"), .. extra.Select(static name => new Column(name, "")),
            ],
            [.. benchmarks.Select(benchmark => new Row(NameOf(benchmark), [.. Figures(benchmark, summary[benchmark]!, extra)]))],
            MeanAndError);
    }

    private static string NameOf(BenchmarkCase benchmark) => benchmark.Parameters.Count == 0
        ? benchmark.Descriptor.WorkloadMethod.Name
        : $"{benchmark.Descriptor.WorkloadMethod.Name}, {benchmark.Parameters.DisplayInfo.Trim('[', ']')}";

    private static IEnumerable<double?> Figures(BenchmarkCase benchmark, BenchmarkReport report, string[] extra)
    {
        Statistics statistics = report.ResultStatistics!;
        return
        [
            statistics.Mean,
            statistics.GetConfidenceInterval(ConfidenceLevel.L999).Margin,
            Metric(report, AllocatedMetric),
            EventRateColumn.RateOf(benchmark, report),
            statistics.Min,
            statistics.Max,
            .. extra.Select(name => report.Metrics.Values.FirstOrDefault(metric => metric.Descriptor.DisplayName == name)?.Value),
        ];
    }

    private static double? Metric(BenchmarkReport report, string id) =>
        report.Metrics.TryGetValue(id, out Metric? metric) ? metric.Value : null;
}
