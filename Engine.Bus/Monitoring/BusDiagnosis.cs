using static Engine.Bus.Monitoring.MonitoringText;
using static Engine.Primitives.ReadableText;

namespace Engine.Bus.Monitoring;

/// <summary>Finds out who is to blame.</summary>
internal static class BusDiagnosis
{
    // A handler that takes at least half of all handlers' time stands out, if there is another one.
    private const double StandingOut = 0.5;

    public static DiagnosisReport Of(
        BusInterval interval, IReadOnlyList<BusTrouble> troubles, IReadOnlyList<RecentError> errors, int topCount)
    {
        HandlerCost[] costs = CostsOf(interval);
        QueueFill[] queues = [.. interval.Subscriptions
            .Where(static s => s.QueueLength > 0 && s.QueueCapacity > 0)
            .Select(static s => new QueueFill(s.Later.Name, s.Later.Id, s.QueueLength, s.QueueCapacity))
            .Concat(interval.Messages
                .Where(static m => m.Later.Backlog > 0 && m.Later.Capacity > 0)
                .Select(static m => new QueueFill(m.Later.Name, m.Later.Id, m.Later.Backlog, m.Later.Capacity)))
            .OrderByDescending(static queue => queue.Share)];
        return new DiagnosisReport(
            interval.Later.Name,
            interval.Later.Time,
            interval.Duration.TotalSeconds,
            FindingsOf(interval, troubles, costs, errors),
            [.. costs.OrderByDescending(static cost => cost.P99Milliseconds).Take(topCount)],
            [.. costs.OrderByDescending(static cost => cost.TotalMilliseconds).Take(topCount)],
            [.. queues.Take(topCount)],
            errors);
    }

    private static HandlerCost[] CostsOf(BusInterval interval)
    {
        double total = interval.Subscriptions.Sum(static s => s.TotalHandlerTime.TotalMilliseconds);
        return [.. interval.Subscriptions.Where(static s => s.HandlerTime.Count > 0).Select(s => new HandlerCost(
            s.Later.Name, s.Later.Id, s.HandlerTime.Percentile(0.99).TotalMilliseconds, s.TotalHandlerTime.TotalMilliseconds,
            total > 0 ? s.TotalHandlerTime.TotalMilliseconds / total : 0))];
    }

    private static List<string> FindingsOf(
        BusInterval interval, IReadOnlyList<BusTrouble> troubles, HandlerCost[] costs, IReadOnlyList<RecentError> errors)
    {
        List<string> findings = [.. troubles.Select(Sentence)];
        HandlerCost? busiest = costs.MaxBy(static cost => cost.TotalMilliseconds);
        if (busiest is not null && costs.Length > 1 && busiest.TotalShare >= StandingOut)
            findings.Add(
                $"Subscription \"{busiest.Subscription}\" (#{busiest.SubscriptionId}) takes {Share(busiest.TotalShare)} of handler time.");
        foreach (SubscriptionInterval subscription in interval.Subscriptions)
        {
            AddQueue(findings, interval, subscription.Culprit, subscription.Lost, subscription.QueueGrowth,
                subscription.QueueCapacity - subscription.QueueLength);
        }

        foreach (MessageInterval messages in interval.Messages)
        {
            AddQueue(findings, interval, messages.Culprit, messages.Lost, messages.BacklogGrowth,
                messages.Later.Capacity - messages.Later.Backlog);
            if (messages.Later.Parked + messages.Later.Stored > 0)
                findings.Add($"{Upper(messages.Culprit)} has {Number(messages.Later.Parked + messages.Later.Stored)} parked messages.");
        }

        var commonest = errors
            .GroupBy(static e => (e.SubscriptionName, e.SubscriptionId, e.ExceptionType))
            .MaxBy(static group => group.Count());
        if (commonest is not null)
        {
            findings.Add(
                $"Of the last {errors.Count} errors {commonest.Count()} are {commonest.Key.ExceptionType} " +
                $"in subscription \"{commonest.Key.SubscriptionName}\" (#{commonest.Key.SubscriptionId}).");
        }

        if (findings.Count == 0)
            findings.Add("Nothing stands out.");
        return findings;
    }

    private static void AddQueue(List<string> findings, BusInterval interval, string culprit, long lost, long growth, long room)
    {
        if (lost > 0)
            findings.Add($"{Upper(culprit)} lost {Number(lost)} events.");
        double perSecond = interval.PerSecond(growth);
        double seconds = room / perSecond;
        if (growth > 0 && room > 0 && double.IsFinite(seconds))
            findings.Add($"The queue of {culprit} grows by {Number(perSecond)} events/s and is full in {Seconds(seconds)}.");
    }

    private static string Upper(string culprit) => char.ToUpperInvariant(culprit[0]) + culprit[1..];

    private static string Sentence(BusTrouble trouble)
    {
        string culprit = Upper(trouble.Culprit);
        return trouble.Kind switch
        {
            AlertKind.Performance =>
                $"{culprit} is slow: 99 % of events take up to {Seconds(trouble.Value)}; the limit is {Seconds(trouble.Threshold)}.",
            AlertKind.ErrorRate => $"{culprit} fails on {Share(trouble.Value)} of its calls; the limit is {Share(trouble.Threshold)}.",
            AlertKind.QueueExhaustion =>
                $"The queue of {trouble.Culprit} is {Share(trouble.Value)} full; the limit is {Share(trouble.Threshold)}.",
            AlertKind.MemoryExhaustion =>
                $"The process uses {Share(trouble.Value)} of the memory it may use; the limit is {Share(trouble.Threshold)}.",
            AlertKind.ProcessorExhaustion =>
                $"The process uses {Share(trouble.Value)} of all processors; the limit is {Share(trouble.Threshold)}.",
            AlertKind.Stuck => $"{culprit} is stuck: it has events, and none was handled for {Seconds(trouble.Value)}.",
            _ => $"{culprit} is {Value(trouble.Kind, trouble.Value)}.",
        };
    }
}
