namespace Engine.Compatibility;

/// <summary>How the older asynchronous bus works. Read when the bus is made. Becomes <c>EventBusOptions</c>.</summary>
[Obsolete(ObsoleteHints.AsyncBus, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class AsyncEventBusConfig
{
    /// <summary>
    /// Events that the old bus took from its queue at once, at least 1. Here handlers get events one by one as soon as they
    /// can, so it is only reported. Becomes <c>BatchOptions.Size</c> with <c>SubscribeBatch</c>.
    /// </summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// How long the old bus waited for a batch to fill. Here nothing waits, so it has no effect. Becomes
    /// <c>BatchOptions.MaxWait</c>.
    /// </summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How often a failed handler is tried again: 0 for never, at most 999. Becomes <c>RetryOptions.MaxAttempts</c>, which
    /// counts the first try too.
    /// </summary>
    public int MaxRetries { get; init; } = 3;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxRetries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRetries, 999);
    }
}
