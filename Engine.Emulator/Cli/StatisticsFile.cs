using System.Text.Json;
using Engine.Diagnostics;

namespace Engine.Emulator.Cli;

/// <summary>The <c>--stats</c> file.</summary>
internal static class StatisticsFile
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    public static string Text(RunReport report) => JsonSerializer.Serialize(Document(report), Options) + "\n";

    private static Dictionary<string, object> Document(RunReport report) => new()
    {
        ["instructions"] = report.Result.RetiredInstructions,
        ["exceptions"] = ByCause(report.Traps.Exceptions),
        ["interrupts"] = ByCause(report.Traps.Interrupts),
        ["pageFaults"] = report.Traps.PageFaults,
        ["exitCode"] = report.Result.ExitCode,
        ["exitReason"] = report.Result.Reason.ToString(),
        ["seconds"] = report.Elapsed.TotalSeconds,
        ["mips"] = report.MillionInstructionsPerSecond,
        ["events"] = report.Statistics.EventTypes.ToDictionary(static type => type.Name, static type => Entry(type)),
    };

    private static Dictionary<string, long> Entry(EventTypeStatistics type) => new()
    {
        ["published"] = type.Ledger.Published,
        ["dispatched"] = type.Ledger.Dispatched,
        ["lost"] = type.Ledger.Lost,
        ["batches"] = type.Batches,
        ["handlerErrors"] = type.HandlerErrors,
        ["stalls"] = type.Ledger.Stalls,
        ["latencyP50Nanoseconds"] = type.Latency.PercentileNanoseconds(0.5),
        ["latencyP99Nanoseconds"] = type.Latency.PercentileNanoseconds(0.99),
    };

    private static Dictionary<string, long> ByCause(ReadOnlySpan<long> counts)
    {
        var byCause = new Dictionary<string, long>();
        for (int cause = 0; cause < counts.Length; cause++)
        {
            if (counts[cause] > 0)
                byCause.Add(cause.ToString(System.Globalization.CultureInfo.InvariantCulture), counts[cause]);
        }

        return byCause;
    }
}
