namespace Engine.Hosting;

/// <summary>What an idle dispatcher does.</summary>
public enum WaitStrategyKind
{
    /// <summary>
    /// Spins for 50 microseconds, yields for 150, then sleeps; sleeps at once while events come more than 30 microseconds apart. The
    /// default.
    /// </summary>
    Adaptive,

    /// <summary>Spins without end: the lowest latency, for a core per dispatcher.</summary>
    BusySpin,

    /// <summary>Spins briefly, then yields without end.</summary>
    Yielding,

    /// <summary>Sleeps at once: the least processor time, and a wake-up for each event after a pause.</summary>
    Blocking,
}
