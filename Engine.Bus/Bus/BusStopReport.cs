namespace Engine.Bus;

/// <summary>How the stop of a bus ended.</summary>
/// <param name="IsDrained">Whether every event that was queued was handled.</param>
/// <param name="Duration">How long the stop took.</param>
/// <param name="Left">What was given up, by subscription; empty when drained.</param>
public sealed record BusStopReport(bool IsDrained, TimeSpan Duration, IReadOnlyList<LeftInQueue> Left);

/// <summary>Events of one subscription that a stop gave up.</summary>
/// <param name="SubscriptionId">Its id.</param>
/// <param name="SubscriptionName">Its name.</param>
/// <param name="Queued">Events that were queued and are now counted as discarded.</param>
/// <param name="InFlight">Events whose handlers had not ended; their cancellation tokens are cancelled.</param>
public sealed record LeftInQueue(long SubscriptionId, string SubscriptionName, int Queued, int InFlight);
