namespace Engine.Bus.Monitoring;

/// <summary>
/// Judges a bus at any moment, whether it is measured regularly or not. What happened is taken from the looks before: from the newest
/// one that is as old as the interval between measurements, so that somebody who looks every second does not see a second's worth
/// of calls only. Keeps trackers of its own and gives no alerts. Not thread-safe.
/// </summary>
internal sealed class HealthExamination
{
    // Within one interval so many looks are kept.
    private const int LooksPerInterval = 8;

    private readonly Queue<BusSample> _looks = new();
    private BusAssessment? _assessment;
    private TimeSpan _lastKept;

    public BusHealth Judge(BusSample now, BusSample? lastMeasured, MetricsOptions options)
    {
        TimeSpan uptime = now.Bus.Uptime;
        while (_looks.Count > 1 && uptime - _looks.ElementAt(1).Bus.Uptime >= options.Interval)
            _looks.Dequeue();
        BusSample? before = _looks.TryPeek(out BusSample? look) ? look : lastMeasured;
        _assessment ??= new BusAssessment(now.Bus.Name);
        _assessment.Add(new BusInterval(before, now), options);
        if (_looks.Count == 0 || uptime - _lastKept >= options.Interval / LooksPerInterval)
        {
            _looks.Enqueue(now);
            _lastKept = uptime;
        }

        return new BusHealth(now.Bus, _assessment.Troubles);
    }
}
