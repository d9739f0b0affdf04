using Engine.Primitives;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>How an event store works. Immutable.</summary>
public sealed record EventStoreOptions
{
    /// <summary>How large events may be.</summary>
    public EventLimits Limits { get; init; } = EventLimits.Default;

    /// <summary>
    /// Events in the cache at most: 0 to 16,777,216; 0 for no cache. What another process erases stays in this one's cache until it gives
    /// way, and may be got by its id from there.
    /// </summary>
    public int CacheCount { get; init; } = 10_000;

    /// <summary>Bytes of the cache at most: 0 to 64 GiB.</summary>
    public long CacheBytes { get; init; } = 64L << 20;

    /// <summary>How often a waiting reader looks for events that other processes appended: 1 ms to 1 hour.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    internal static OptionTable<EventStoreOptions> Ranges { get; } = new OptionTable<EventStoreOptions>("an event store")
        .With(nameof(CacheCount), OptionRange.Of(0, 1 << 24), static o => o.CacheCount)
        .With(nameof(CacheBytes), OptionRange.Bytes(0L, 64L << 30), static o => o.CacheBytes)
        .With(nameof(PollInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), static o => o.PollInterval);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Limits);
        Limits.Validate();
        Ranges.Check(this);
    }
}
