namespace Engine.Bus;

/// <summary>How the stop of a bus ended.</summary>
/// <param name="IsDrained">Whether every event that was queued was handled, and every message settled.</param>
/// <param name="Duration">How long the stop took.</param>
/// <param name="Left">What was given up, by subscription; empty when drained.</param>
public sealed record BusStopReport(bool IsDrained, TimeSpan Duration, IReadOnlyList<LeftInQueue> Left);

/// <summary>Events of one subscription that a stop gave up.</summary>
/// <param name="SubscriptionId">Its id; of a message subscription the one in its statistics.</param>
/// <param name="SubscriptionName">Its name.</param>
/// <param name="Queued">
/// Events that were queued and are now counted as discarded. Of a message subscription: messages not handed out, those included that
/// wait for their redelivery; they stay counted as waiting.
/// </param>
/// <param name="InFlight">
/// Events whose handlers had not ended, those on publishers' threads included; their cancellation tokens are cancelled. Of a message
/// subscription: messages handed out and not settled, and those being written by the store for parked ones.
/// </param>
public sealed record LeftInQueue(long SubscriptionId, string SubscriptionName, int Queued, int InFlight)
{
    /// <summary>Publishers that waited for room and were told that the bus has stopped.</summary>
    public int Publishers { get; init; }
}
