using Engine.Bus;
using Engine.Bus.Options;

namespace Engine.Compatibility;

/// <summary>How the older asynchronous bus works. Read when the bus is made. Becomes <c>EventBusOptions</c>.</summary>
[Obsolete(ObsoleteHints.AsyncBus, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class AsyncEventBusConfig
{
    /// <summary>
    /// Events that are taken from a queue at once, then to be handled one by one: 1 to 1,048,576, or
    /// <see cref="BusSubscriptionOptions.Unlimited"/>. Becomes <c>BatchOptions.Size</c>.
    /// </summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>
    /// How long the first event of a batch waits for it to fill: 0, for not at all, to 1 hour. Becomes <c>BatchOptions.MaxWait</c>.
    /// </summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How often a failed handler is tried again: 0 for never, at most 999, or
    /// <see cref="RetryOptions.Unlimited"/>. Becomes <c>RetryOptions.MaxAttempts</c>, which counts the first try too.
    /// </summary>
    public int MaxRetries { get; init; } = 3;

    internal void Validate()
    {
        OptionRanges.BatchSize.Check(BatchSize, nameof(BatchSize));
        OptionRanges.OldBatchInterval.Check(BatchInterval, nameof(BatchInterval));
        OptionRanges.OldRetries.Check(MaxRetries, nameof(MaxRetries));
    }
}
