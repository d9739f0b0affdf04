namespace Engine.Bus.Monitoring;

/// <summary>
/// The level of one signal, at once and after it has lasted. The level at once follows the thresholds; the reported one
/// changes only when every value for the length of the delay would have changed it in the same direction, and then to the
/// least of the levels that were meant, so that a peak at the end does not count for the whole time. Not thread-safe.
/// </summary>
internal sealed class AlertTracker
{
    private HealthLevel _pending;
    private TimeSpan _pendingSince;

    /// <summary>By the last value.</summary>
    public HealthLevel Level { get; private set; }

    /// <summary>As reported.</summary>
    public HealthLevel Reported { get; private set; }

    /// <summary>Takes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="thresholds">What it is compared with.</param>
    /// <param name="now">The time, by a clock that never goes back.</param>
    /// <param name="delay">How long a change must last.</param>
    /// <returns>Whether the reported level changed.</returns>
    public bool Add(double value, Thresholds<double> thresholds, TimeSpan now, TimeSpan delay)
    {
        Level = thresholds.After(Level, value);
        HealthLevel meant = thresholds.After(Reported, value);
        int direction = meant.CompareTo(Reported);
        if (direction == 0 || _pending.CompareTo(Reported) != direction)
        {
            _pending = meant;
            _pendingSince = now;
        }
        else if (direction > 0 ? meant < _pending : meant > _pending)
        {
            _pending = meant;
        }

        if (direction == 0 || now - _pendingSince < delay)
            return false;
        Reported = _pending;
        // What goes beyond the level just reported has to last as well.
        _pending = thresholds.After(Reported, value);
        _pendingSince = now;
        return true;
    }
}
