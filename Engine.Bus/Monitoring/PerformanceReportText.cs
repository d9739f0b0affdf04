using System.Globalization;
using static Engine.Bus.Monitoring.MonitoringText;
using static Engine.Primitives.ReadableText;

namespace Engine.Bus.Monitoring;

/// <summary>Writes a report for a terminal.</summary>
internal static class PerformanceReportText
{
    public static string Render(PerformanceReport report)
    {
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture,
                $"Bus \"{report.BusName}\", {report.State}, {report.IntervalSeconds:0.##} s up to {report.Time:u}"),
            "",
            $"Throughput: {Number(report.Throughput.PublishedPerSecond)} events/s published, " +
                $"{Number(report.Throughput.DeliveredPerSecond)} events/s delivered, " +
                $"{Number(report.Throughput.Queued)} queued ({Signed(report.Throughput.QueueGrowthPerSecond)}/s)",
            .. Table(["subscription", "mode", "events/s", "queued", "capacity", "in flight", "growth/s"],
                report.Throughput.Subscriptions.Select(static s => new[]
            {
                Label(s.Subscription, s.SubscriptionId), s.Mode.ToString(), Number(s.DeliveredPerSecond), Number(s.QueueLength),
                s.QueueCapacity == 0 ? "-" : Number(s.QueueCapacity), Number(s.InFlight), Signed(s.QueueGrowthPerSecond),
            })),
            "",
            "Latency: the handler's time, and the time from publishing to its end",
            .. Table(
                ["subscription", "calls", "mean", "p50", "p90", "p99", "max", "end p50", "end p99"], report.Latency.Select(static l => new[]
            {
                Label(l.Subscription, l.SubscriptionId), Number(l.Calls), Milliseconds(l.HandlerMean), Milliseconds(
                    l.HandlerP50), Milliseconds(l.HandlerP90),
                Milliseconds(l.HandlerP99), Milliseconds(l.HandlerMax), Milliseconds(l.EndToEndP50), Milliseconds(l.EndToEndP99),
            })),
            "",
            $"Errors: {Number(report.Errors.FailedPerSecond)} errors/s ({Share(report.Errors.ErrorRate)} of calls), " +
                $"{Number(report.Errors.RetriedPerSecond)} retries/s, {Number(report.Errors.LostPerSecond)} lost/s",
        ];
        if (report.Errors.Subscriptions.Count > 0)
        {
            lines.AddRange(Table(["subscription", "errors", "rate", "retries", "lost"], report.Errors.Subscriptions.Select(static e => new[]
            {
                Label(e.Subscription, e.SubscriptionId), Number(e.Failed), Share(e.ErrorRate), Number(e.Retried), Number(e.Lost),
            })));
        }

        if (report.Messages.Count > 0)
        {
            string[] header =
                ["messages", "waiting", "in flight", "capacity", "acked/s", "nacked/s", "expired/s", "lost/s", "parked", "ack p50",
                    "ack p99"];
            lines.AddRange(["", "Messages: the time is that from publishing to the ack"]);
            lines.AddRange(Table(header, report.Messages.Select(CellsOf)));
        }

        ResourceMetrics resources = report.Resources;
        lines.Add("");
        lines.Add(
            $"Resources: {Number(resources.ProcessorShare)} processors, {Mebibytes(resources.AllocatedBytesPerSecond)}/s allocated, " +
            $"heap {Mebibytes(resources.HeapBytes)}, working set {Mebibytes(resources.WorkingSetBytes)} " +
            $"({Share(resources.MemoryLoad)} of memory), {resources.Gen0Collections} collections " +
            $"({resources.Gen2Collections} full, {Share(resources.CollectionPauseShare)} of the time), " +
            $"{resources.PoolThreads} pool threads, {Number(resources.PendingWork)} pending");
        if (report.Troubles.Count > 0)
        {
            lines.Add("");
            lines.Add("Troubles:");
            lines.AddRange(report.Troubles.Select(static trouble => $"  {trouble}"));
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string[] CellsOf(MessageMetrics m) =>
    [
        Label(m.Subscription, m.SubscriptionId), Number(m.Waiting), Number(m.InFlight), Number(m.Capacity),
        Number(m.AckedPerSecond), Number(m.NackedPerSecond), Number(m.ExpiredPerSecond), Number(m.LostPerSecond), Number(m.Parked),
        Milliseconds(m.AckP50), Milliseconds(m.AckP99),
    ];

    private static string Label(string name, long id) => string.Create(CultureInfo.InvariantCulture, $"{name} (#{id})");

    private static string Signed(double number) => number < 0 ? "-" + Number(-number) : "+" + Number(number);
}
