using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>How an event store works. Immutable.</summary>
public sealed record EventStoreOptions
{
    /// <summary>How large events may be.</summary>
    public EventLimits Limits { get; init; } = EventLimits.Default;

    /// <summary>Events in the cache at most: 0 to 16,777,216; 0 for no cache.</summary>
    public int CacheCount { get; init; } = 10_000;

    /// <summary>Bytes of the cache at most: 0 to 64 GiB.</summary>
    public long CacheBytes { get; init; } = 64L << 20;

    /// <summary>How often a waiting reader looks for events that other processes appended: 1 ms to 1 hour.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Limits);
        Limits.Validate();
        if (CacheCount is < 0 or > 1 << 24)
            throw new ArgumentOutOfRangeException(nameof(CacheCount), CacheCount, "Events in the cache must be 0 to 16,777,216.");
        if (CacheBytes is < 0 or > 64L << 30)
            throw new ArgumentOutOfRangeException(nameof(CacheBytes), CacheBytes, "Bytes of the cache must be 0 to 64 GiB.");
        if (PollInterval < TimeSpan.FromMilliseconds(1) || PollInterval > TimeSpan.FromHours(1))
            throw new ArgumentOutOfRangeException(nameof(PollInterval), PollInterval, "The poll interval must be 1 ms to 1 hour.");
    }
}
