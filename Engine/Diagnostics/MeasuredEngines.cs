namespace Engine.Diagnostics;

/// <summary>
/// The engines that one meter, or the event counters, report: the running ones, and the totals of those that have stopped.
/// A stopped engine's totals stay, so that a reader that comes after the stop still gets the exact end. An engine is in
/// one place or the other under one lock, so nothing is counted twice.
/// </summary>
internal sealed class MeasuredEngines
{
    private readonly Lock _lock = new();
    private readonly List<IMeasuredEngine> _running = [];
    private readonly Dictionary<(string Engine, string EventType), EventTypeTotals> _stopped = [];

    /// <summary>All engines of the process.</summary>
    public static MeasuredEngines OfProcess { get; } = new();

    /// <summary>The engines that run.</summary>
    public IReadOnlyList<IMeasuredEngine> Running
    {
        get
        {
            lock (_lock)
                return [.. _running];
        }
    }

    public void Add(IMeasuredEngine engine)
    {
        lock (_lock)
            _running.Add(engine);
    }

    /// <summary>Keeps the totals of an engine that has stopped, and lets go of the engine.</summary>
    public void Stop(IMeasuredEngine engine)
    {
        lock (_lock)
        {
            _running.Remove(engine);
            AddTotals(engine, _stopped, static totals => !totals.IsZero);
        }
    }

    /// <summary>Totals by engine name and event type: every event type of running engines, and what stopped ones had.</summary>
    public Dictionary<(string Engine, string EventType), EventTypeTotals> ReadTotals()
    {
        lock (_lock)
        {
            var totals = new Dictionary<(string Engine, string EventType), EventTypeTotals>(_stopped);
            foreach (IMeasuredEngine engine in _running)
                AddTotals(engine, totals, static _ => true);
            return totals;
        }
    }

    private static void AddTotals(
        IMeasuredEngine engine, Dictionary<(string Engine, string EventType), EventTypeTotals> target, Func<EventTypeTotals, bool> isWanted)
    {
        foreach (EventTypeStatistics type in engine.ReadEventTypes())
        {
            EventTypeTotals totals = EventTypeTotals.Of(type);
            if (isWanted(totals))
                target[(engine.Name, type.Name)] = target.GetValueOrDefault((engine.Name, type.Name)) + totals;
        }
    }
}
