namespace Engine.Bus.Monitoring;

/// <summary>One value that is not as it should be.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Culprit">What it belongs to: a subscription, the bus or the process.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Value">The value; its unit is that of the kind.</param>
/// <param name="Threshold">The limit of the level.</param>
public sealed record BusTrouble(AlertKind Kind, string Culprit, HealthLevel Level, double Value, double Threshold)
{
    /// <summary>One line.</summary>
    public override string ToString() =>
        $"{Kind} of {Culprit} is {Level} ({MonitoringText.Value(Kind, Value)}, limit {MonitoringText.Value(Kind, Threshold)})";
}

/// <summary>Follows all signals of a bus: which are in trouble, and which changes are worth an alert. Not thread-safe.</summary>
internal sealed class BusAssessment(string busName)
{
    private readonly BusSignals _signals = new();
    private readonly Dictionary<(AlertKind Kind, string Culprit), (AlertTracker Tracker, BusSignal Last)> _trackers = [];

    /// <summary>What is in trouble, the worst first.</summary>
    public IReadOnlyList<BusTrouble> Troubles { get; private set; } = [];

    /// <summary>Judges what happened in an interval.</summary>
    /// <returns>The alerts to give.</returns>
    public List<BusAlert> Add(BusInterval interval, MetricsOptions options)
    {
        var alerts = new List<BusAlert>();
        var troubles = new List<BusTrouble>();
        List<BusSignal> signals = _signals.Of(interval, options);
        foreach (BusSignal signal in signals)
        {
            AlertTracker tracker = _trackers.TryGetValue((signal.Kind, signal.Culprit), out var known) ? known.Tracker : new AlertTracker();
            _trackers[(signal.Kind, signal.Culprit)] = (tracker, signal);
            HealthLevel before = tracker.Reported;
            if (tracker.Add(signal.Value, signal.Thresholds, interval.Later.Uptime, options.AlertDelay))
                alerts.Add(AlertOf(interval, signal, tracker.Reported, before, signal.Value));
            if (tracker.Level != HealthLevel.Normal)
                troubles.Add(
                    new BusTrouble(signal.Kind, signal.Culprit, tracker.Level, signal.Value, LimitOf(signal.Thresholds, tracker.Level)));
        }

        alerts.AddRange(Forget(interval, signals));
        Troubles = [.. troubles.OrderByDescending(static trouble => trouble.Level)];
        return alerts;
    }

    private static double LimitOf(Thresholds<double> thresholds, HealthLevel level) => level switch
    {
        HealthLevel.Unhealthy => thresholds.Unhealthy,
        HealthLevel.Degraded => thresholds.Degraded,
        _ => thresholds.Clear,
    };

    /// <summary>Clears the alerts of subscriptions that have ended.</summary>
    private List<BusAlert> Forget(BusInterval interval, List<BusSignal> signals)
    {
        var alerts = new List<BusAlert>();
        foreach ((AlertKind Kind, string Culprit) gone in _trackers.Keys.Except(signals.Select(static s => (s.Kind, s.Culprit))).ToArray())
        {
            (AlertTracker tracker, BusSignal last) = _trackers[gone];
            _trackers.Remove(gone);
            if (tracker.Reported != HealthLevel.Normal)
                alerts.Add(AlertOf(interval, last, HealthLevel.Normal, tracker.Reported, double.NaN));
        }

        return alerts;
    }

    private BusAlert AlertOf(BusInterval interval, BusSignal signal, HealthLevel level, HealthLevel previous, double value) =>
        new(interval.Later.Time, busName, signal.Kind, signal.Culprit, level, previous, value, LimitOf(signal.Thresholds, level));
}
