namespace Engine.Storage.Stores;

/// <summary>What is kept of the events: the newest ones that meet all limits. Immutable.</summary>
public sealed record EventRetention
{
    /// <summary>The oldest that is kept, by recorded time; null for no limit.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Events that are kept; null for no limit.</summary>
    public long? MaxCount { get; init; }

    /// <summary>Bytes of data that are kept; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Places up to this one are removed whatever they are; null for none.</summary>
    public long? UpTo { get; init; }

    internal void Validate()
    {
        if (MaxAge < TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(MaxAge), MaxAge, "The age of events that are kept must be 0 or more.");
        if (MaxCount < 0)
            throw new ArgumentOutOfRangeException(nameof(MaxCount), MaxCount, "The number of events that are kept must be 0 or more.");
        if (MaxBytes < 0)
            throw new ArgumentOutOfRangeException(nameof(MaxBytes), MaxBytes, "The bytes that are kept must be 0 or more.");
    }
}

/// <summary>What was removed.</summary>
/// <param name="Events">How many events.</param>
/// <param name="Bytes">Bytes of their data.</param>
/// <param name="FirstSequence">The first place that is still there, or where the next event will be.</param>
public sealed record TrimReport(long Events, long Bytes, long FirstSequence);
