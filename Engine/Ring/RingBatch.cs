namespace Engine.Ring;

/// <summary>Consecutive events read from a ring.</summary>
/// <typeparam name="T">The slot type.</typeparam>
/// <param name="events">The events, oldest first.</param>
/// <param name="firstSequence">Sequence of the first one. Sequences count all events published, lost ones included.</param>
/// <param name="lostBefore">Events lost directly before the first one.</param>
/// <param name="hasMore">Whether the look that found the events saw more behind them.</param>
internal readonly ref struct RingBatch<T>(ReadOnlySpan<T> events, long firstSequence, long lostBefore, bool hasMore)
    where T : unmanaged
{
    /// <summary>The events, oldest first.</summary>
    public ReadOnlySpan<T> Events { get; } = events;

    /// <summary>Sequence of the first event. Sequences count all events published, lost ones included.</summary>
    public long FirstSequence { get; } = firstSequence;

    /// <summary>Events lost directly before the first one: the sequences up to <see cref="FirstSequence"/> - 1.</summary>
    public long LostBefore { get; } = lostBefore;

    /// <summary>
    /// Whether the look that found the events saw more behind them: the batch is as large as it may be, or ends at a loss or
    /// where the ring wraps.
    /// </summary>
    public bool HasMore { get; } = hasMore;
}
