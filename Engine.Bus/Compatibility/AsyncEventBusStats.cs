namespace Engine.Compatibility;

/// <summary>
/// What the handlers of the older asynchronous bus did so far. Counts those that are subscribed now. Becomes
/// <c>IEventBus.GetStatistics()</c>.
/// </summary>
/// <param name="Processed">Deliveries that succeeded.</param>
/// <param name="Failed">Deliveries that failed for good.</param>
/// <param name="Retried">Tries after the first.</param>
/// <param name="QueueLength">Deliveries that wait.</param>
/// <param name="BatchSize">The configured batch size.</param>
[Obsolete(ObsoleteHints.AsyncBus, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed record AsyncEventBusStats(long Processed, long Failed, long Retried, int QueueLength, int BatchSize);
