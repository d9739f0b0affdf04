using System.Globalization;
using Engine.Primitives;

namespace Engine.Storage.Stores;

/// <summary>What is known of an event store. Immutable.</summary>
public sealed record EventStoreStatistics
{
    /// <summary>The first place that is there, or where the next event will be.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>The last place; all up to it are committed.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Events, erased ones included.</summary>
    public long EventCount => LastSequence - FirstSequence + 1;

    /// <summary>Bytes of their data.</summary>
    public required long DataBytes { get; init; }

    /// <summary>Events by name.</summary>
    public required IReadOnlyDictionary<string, long> CountByType { get; init; }

    /// <summary>Events that were found in the cache.</summary>
    public required long CacheHits { get; init; }

    /// <summary>Events that were looked for in the cache and were not there.</summary>
    public required long CacheMisses { get; init; }

    /// <summary>The share of look-ups that the cache answered; 0 if there were none.</summary>
    public double CacheHitRate => CacheHits + CacheMisses == 0 ? 0 : (double)CacheHits / (CacheHits + CacheMisses);

    /// <summary>Events in the cache.</summary>
    public required int CachedCount { get; init; }

    /// <summary>Bytes of the cache.</summary>
    public required long CachedBytes { get; init; }

    /// <summary>Connections for reading that are in use.</summary>
    public required int ReadersInUse { get; init; }

    /// <summary>Readers that wait for one.</summary>
    public required int ReadersWaiting { get; init; }

    /// <summary>Writes that wait to be committed.</summary>
    public required int PendingWrites { get; init; }

    /// <summary>From the call of an append to its being durable.</summary>
    public required DurationDistribution AppendDuration { get; init; }

    /// <summary>When the oldest events were removed last; null if they never were.</summary>
    public required DateTimeOffset? LastTrimmedAt { get; init; }

    /// <summary>Identifies this store: a database that was made anew has another one.</summary>
    public required string Epoch { get; init; }

    /// <summary>Places, events, cache and appends.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"#{FirstSequence} to #{LastSequence}, {EventCount} events, {DataBytes} bytes of data; cache {CacheHitRate:P0} of {CachedCount} "
        + $"events; appends {AppendDuration}; {PendingWrites} wait");
}
