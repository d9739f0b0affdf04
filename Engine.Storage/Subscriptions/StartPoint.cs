namespace Engine.Storage.Subscriptions;

/// <summary>Where a durable subscription begins that has no checkpoint yet.</summary>
public readonly record struct StartPoint
{
    private StartPoint(StartKind kind, long sequence, DateTimeOffset time)
    {
        Kind = kind;
        FirstSequence = sequence;
        FirstTime = time;
    }

    /// <summary>With the events that are appended after it was made; the default.</summary>
    public static StartPoint End { get; }

    /// <summary>With the oldest event.</summary>
    public static StartPoint Beginning { get; } = new(StartKind.Sequence, 1, default);

    internal StartKind Kind { get; }

    internal long FirstSequence { get; }

    internal DateTimeOffset FirstTime { get; }

    /// <summary>With the event at a place.</summary>
    /// <param name="sequence">The place, from 1.</param>
    public static StartPoint At(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequence, 1);
        return new StartPoint(StartKind.Sequence, sequence, default);
    }

    /// <summary>With the first event that was recorded at a time or later.</summary>
    /// <param name="time">The time.</param>
    public static StartPoint At(DateTimeOffset time) => new(StartKind.Time, 0, time);
}

internal enum StartKind
{
    End,
    Sequence,
    Time,
}
