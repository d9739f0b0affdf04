namespace Engine.Primitives;

/// <summary>Times that stay within what times can be, however long the durations are that lead to them.</summary>
internal static class TimeEnds
{
    /// <summary>As long as anybody waits; timers and clocks count so far, and not to the longest duration there is.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(24);

    /// <summary>The time a duration before another; the first time there is where that would be before it.</summary>
    public static DateTimeOffset Before(DateTimeOffset time, TimeSpan duration) =>
        duration < time - DateTimeOffset.MinValue ? time - duration : DateTimeOffset.MinValue;

    /// <summary>A wait that timers can count: one that is longer is as long as it takes.</summary>
    public static TimeSpan Waitable(TimeSpan timeout) => timeout < LongestWait ? timeout : LongestWait;
}
