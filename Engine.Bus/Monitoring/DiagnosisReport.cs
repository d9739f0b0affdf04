using static Engine.Bus.Monitoring.MonitoringText;
using static Engine.Primitives.ReadableText;

namespace Engine.Bus.Monitoring;

/// <summary>What is wrong with a bus, and who is to blame. Immutable.</summary>
/// <param name="BusName">The bus.</param>
/// <param name="Time">When it was made.</param>
/// <param name="IntervalSeconds">The time it looks back on.</param>
/// <param name="Findings">What stands out, in plain sentences, the gravest first.</param>
/// <param name="SlowestHandlers">The handlers with the highest 99th percentile.</param>
/// <param name="BusiestHandlers">The handlers that took most time in all.</param>
/// <param name="FullestQueues">The queues that are fullest.</param>
/// <param name="LastErrors">The last errors, the newest first.</param>
public sealed record DiagnosisReport(
    string BusName,
    DateTimeOffset Time,
    double IntervalSeconds,
    IReadOnlyList<string> Findings,
    IReadOnlyList<HandlerCost> SlowestHandlers,
    IReadOnlyList<HandlerCost> BusiestHandlers,
    IReadOnlyList<QueueFill> FullestQueues,
    IReadOnlyList<RecentError> LastErrors)
{
    /// <summary>The report as text for a terminal.</summary>
    public string ToText()
    {
        List<string> lines = [$"Diagnosis of bus \"{BusName}\", the {Seconds(IntervalSeconds)} up to {Time:u}", "", "Findings:"];
        lines.AddRange(Findings.Select(static finding => $"  - {finding}"));
        AddTable("Slowest handlers:", SlowestHandlers.Select(CellsOf), ["handler", "p99", "total", "share"]);
        AddTable("Handlers with most time:", BusiestHandlers.Select(CellsOf), ["handler", "p99", "total", "share"]);
        AddTable(
            "Fullest queues:",
            FullestQueues.Select(
                static queue => new[] { queue.Subscription, Number(queue.Length), Number(queue.Capacity), Share(queue.Share) }),
            ["queue", "events", "capacity", "full"]);
        if (LastErrors.Count > 0)
        {
            lines.AddRange(["", "Last errors:"]);
            lines.AddRange(LastErrors.Select(static e =>
                $"  {e.Time:u} {e.SubscriptionName} (#{e.SubscriptionId}) on {e.EventType}: {e.ExceptionType}: " +
                e.Message.ReplaceLineEndings(" ")));
        }

        return string.Join('\n', lines) + "\n";

        void AddTable(string title, IEnumerable<string[]> rows, string[] header)
        {
            string[][] all = [.. rows];
            if (all.Length == 0)
                return;
            lines.AddRange(["", title]);
            lines.AddRange(Table(header, all));
        }

        static string[] CellsOf(HandlerCost cost) =>
            [cost.Subscription, Milliseconds(cost.P99Milliseconds), Milliseconds(cost.TotalMilliseconds), Share(cost.TotalShare)];
    }

    /// <summary>The report as JSON.</summary>
    public string ToJson() => ReportJsonContext.Write(this);

    /// <summary>The report as text for a terminal.</summary>
    public override string ToString() => ToText();
}

/// <summary>What a handler cost in an interval.</summary>
/// <param name="Subscription">The subscription's name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="P99Milliseconds">99 % of its times are at most this.</param>
/// <param name="TotalMilliseconds">All its times together.</param>
/// <param name="TotalShare">The share of the time of all handlers.</param>
public sealed record HandlerCost(
    string Subscription, long SubscriptionId, double P99Milliseconds, double TotalMilliseconds, double TotalShare);

/// <summary>How full a queue is.</summary>
/// <param name="Subscription">The subscription's name.</param>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="Length">Events in it.</param>
/// <param name="Capacity">Events there may be in it.</param>
public sealed record QueueFill(string Subscription, long SubscriptionId, long Length, long Capacity)
{
    /// <summary>The share that is in use.</summary>
    public double Share => (double)Length / Capacity;
}
