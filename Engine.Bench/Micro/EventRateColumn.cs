using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Engine.Bench.Micro;

/// <summary>
/// Events per second, from the mean. A benchmark of events says with <c>OperationsPerInvoke</c> how many an invocation
/// sends; one that does not say so measures calls, and has no rate.
/// </summary>
internal sealed class EventRateColumn : IColumn
{
    public static readonly EventRateColumn Instance = new();

    public string Id => nameof(EventRateColumn);

    public string ColumnName => "M events/s";

    public string Legend => "Million events per second";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    /// <summary>Million events per second of a benchmark; null where it has none.</summary>
    public static double? RateOf(BenchmarkCase benchmark, BenchmarkReport? report) =>
        benchmark.Descriptor.OperationsPerInvoke > 1 && report?.ResultStatistics is { Mean: > 0 } statistics
            ? 1e3 / statistics.Mean
            : null;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        RateOf(benchmarkCase, summary[benchmarkCase])?.ToString("F1", CultureInfo.InvariantCulture) ?? "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
