using Engine.Primitives;

namespace Engine.Hosting;

/// <summary>How a stop ended.</summary>
/// <param name="IsDrained">
/// Whether everything published was dispatched, dropped by policy and counted, or taken back from its publisher with an
/// error.
/// </param>
/// <param name="Duration">How long the stop took.</param>
/// <param name="Left">
/// What was left in rings, by event type; empty when drained. Events that a handler was given and had not come back from when the
/// stop's time was over are among them, and stay so in the ledger.
/// </param>
public sealed record StopReport(bool IsDrained, TimeSpan Duration, IReadOnlyList<LeftEvents> Left)
{
    /// <summary>All events left.</summary>
    public long LeftCount => Left.Sum(static left => left.Count);

    /// <summary>How the stop ended, in one line.</summary>
    public override string ToString() => IsDrained
        ? $"drained in {ReadableText.Duration(Duration)}"
        : $"not drained in {ReadableText.Duration(Duration)}, left {string.Join(", ", Left)}";
}

/// <summary>Events of one type that a stop left undelivered.</summary>
/// <param name="EventType">Name of the event type.</param>
/// <param name="Count">Events in the rings of that type.</param>
public sealed record LeftEvents(string EventType, long Count)
{
    /// <summary>The event type and the number.</summary>
    public override string ToString() => $"{EventType} {ReadableText.Count(Count)}";
}
