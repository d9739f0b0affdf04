namespace Engine.Bus.Monitoring;

/// <summary>How bad a value is.</summary>
public enum HealthLevel
{
    /// <summary>As it should be.</summary>
    Normal,

    /// <summary>Worse than it should be; the bus does its work.</summary>
    Degraded,

    /// <summary>So bad that the work suffers.</summary>
    Unhealthy,
}

/// <summary>The levels of values that waver.</summary>
internal static class HealthLevels
{
    /// <summary>
    /// The level that follows on a value. Between <see cref="Thresholds{T}.Clear"/> and <see cref="Thresholds{T}.Degraded"/>,
    /// and between that and <see cref="Thresholds{T}.Unhealthy"/>, it stays what it was.
    /// </summary>
    public static HealthLevel After<T>(this Thresholds<T> thresholds, HealthLevel level, T value)
        where T : struct, IComparable<T>
    {
        if (value.CompareTo(thresholds.Unhealthy) >= 0)
            return HealthLevel.Unhealthy;
        if (value.CompareTo(thresholds.Degraded) >= 0)
            return level == HealthLevel.Unhealthy ? level : HealthLevel.Degraded;
        if (value.CompareTo(thresholds.Clear) < 0)
            return HealthLevel.Normal;
        return level == HealthLevel.Normal ? level : HealthLevel.Degraded;
    }
}
