using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>
/// Goes up a step at each look that finds the pressure high, and down a step after several in a row that find it low. Looked at
/// by one thread at a time; the step may be read by any.
/// </summary>
internal sealed class DegradationLadder
{
    /// <summary>From here on the pressure is high.</summary>
    public const double High = 0.9;

    /// <summary>Up to here it is low.</summary>
    public const double Low = 0.5;

    /// <summary>Looks in a row that have to find it low.</summary>
    public const int CalmLooks = 5;

    private volatile DegradationStep _step = new(Degradation.None, 0, "none", DateTimeOffset.MinValue);
    private int _calm;

    public DegradationStep Step => _step;

    /// <summary>Looks at the pressure.</summary>
    /// <param name="pressure">From 0, none, to 1, all there may be, or more.</param>
    /// <param name="cause">What presses.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether a step was taken.</returns>
    public bool Look(double pressure, string cause, DateTimeOffset now)
    {
        DegradationStep step = _step;
        if (pressure >= High)
        {
            _calm = 0;
            if (step.Level == Degradation.VitalOnly)
                return false;
            _step = new DegradationStep(step.Level + 1, step.Number + 1, cause, now);
            return true;
        }

        _calm = pressure <= Low ? _calm + 1 : 0;
        if (_calm < CalmLooks || step.Level == Degradation.None)
            return false;
        _calm = 0;
        _step = new DegradationStep(step.Level - 1, step.Number + 1, "relief", now);
        return true;
    }
}

/// <summary>A step taken.</summary>
/// <param name="Level">Where it led.</param>
/// <param name="Number">Which one it is, from 1; 0 before the first.</param>
/// <param name="Cause">What pressed.</param>
/// <param name="Since">When it was taken.</param>
internal sealed record DegradationStep(Degradation Level, long Number, string Cause, DateTimeOffset Since);
