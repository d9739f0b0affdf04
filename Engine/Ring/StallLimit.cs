namespace Engine.Ring;

/// <summary>How long a producer waits for room at most. Looked at each time it has slept, at most a millisecond late.</summary>
/// <param name="timeProvider">The clock.</param>
/// <param name="longest">The time, above zero.</param>
internal sealed class StallLimit(TimeProvider timeProvider, TimeSpan longest)
{
    /// <summary>The end of a wait that begins now, in the clock's timestamps.</summary>
    public long EndFromNow => timeProvider.GetTimestamp() + (long)(longest.TotalSeconds * timeProvider.TimestampFrequency);

    /// <summary>Whether an end has come.</summary>
    public bool IsPast(long end) => timeProvider.GetTimestamp() >= end;
}
