using static Engine.Bus.Monitoring.MonitoringText;

namespace Engine.Bus.Monitoring;

/// <summary>Finds out who is to blame.</summary>
internal static class BusDiagnosis
{
    // A handler that takes at least half of all handlers' time stands out, if there is another one.
    private const double StandingOut = 0.5;

    public static DiagnosisReport Of(BusInterval interval, IReadOnlyList<BusTrouble> troubles, IReadOnlyList<RecentError> errors, int topCount)
    {
        HandlerCost[] costs = CostsOf(interval);
        QueueFill[] queues = [.. interval.Subscriptions
            .Where(static s => s.Later.QueueLength > 0 && s.Later.QueueCapacity > 0)
            .Select(static s => new QueueFill(s.Later.Name, s.Later.Id, s.Later.QueueLength, s.Later.QueueCapacity))
            .OrderByDescending(static queue => queue.Share)];
        return new DiagnosisReport(
            interval.Later.BusName,
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
            findings.Add($"Subscription \"{busiest.Subscription}\" (#{busiest.SubscriptionId}) takes {Share(busiest.TotalShare)} of handler time.");
        foreach (SubscriptionInterval subscription in interval.Subscriptions)
        {
            SubscriptionSnapshot later = subscription.Later;
            string name = $"\"{later.Name}\" (#{later.Id})";
            if (subscription.Lost > 0)
                findings.Add($"Subscription {name} lost {Number(subscription.Lost)} events.");
            if (subscription.QueueGrowth > 0 && later.QueueCapacity > later.QueueLength)
            {
                double seconds = (later.QueueCapacity - later.QueueLength) / interval.PerSecond(subscription.QueueGrowth);
                if (double.IsFinite(seconds))
                    findings.Add($"The queue of subscription {name} grows by {Number(interval.PerSecond(subscription.QueueGrowth))} events/s and is full in {Seconds(seconds)}.");
            }
        }

        var commonest = errors.GroupBy(static e => (e.SubscriptionName, e.SubscriptionId, e.ExceptionType)).MaxBy(static group => group.Count());
        if (commonest is not null)
            findings.Add($"Of the last {errors.Count} errors {commonest.Count()} are {commonest.Key.ExceptionType} in subscription \"{commonest.Key.SubscriptionName}\" (#{commonest.Key.SubscriptionId}).");
        if (findings.Count == 0)
            findings.Add("Nothing stands out.");
        return findings;
    }

    private static string Sentence(BusTrouble trouble)
    {
        string culprit = char.ToUpperInvariant(trouble.Culprit[0]) + trouble.Culprit[1..];
        return trouble.Kind switch
        {
            AlertKind.Performance => $"{culprit} is slow: 99 % of events take up to {Seconds(trouble.Value)}; the limit is {Seconds(trouble.Threshold)}.",
            AlertKind.ErrorRate => $"{culprit} fails on {Share(trouble.Value)} of its calls; the limit is {Share(trouble.Threshold)}.",
            AlertKind.QueueExhaustion => $"The queue of {trouble.Culprit} is {Share(trouble.Value)} full; the limit is {Share(trouble.Threshold)}.",
            AlertKind.MemoryExhaustion => $"The process uses {Share(trouble.Value)} of the memory it may use; the limit is {Share(trouble.Threshold)}.",
            AlertKind.Stuck => $"{culprit} is stuck: its queue holds events, and none was handled for {Seconds(trouble.Value)}.",
            _ => $"{culprit} is {Value(trouble.Kind, trouble.Value)}.",
        };
    }
}
