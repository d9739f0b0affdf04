namespace Engine.Storage.Idempotency;

/// <summary>How much a store of handled events remembers. Immutable.</summary>
public sealed record SqlIdempotencyOptions
{
    /// <summary>How long a handled event is remembered: 1 s or more. A duplicate that comes later is handled again.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Handled events that are remembered at most, 1 or more; those handled longest ago give way.</summary>
    public long Capacity { get; init; } = 10_000_000;

    /// <summary>Handled events that are also remembered in memory, in front of the database: 0 to 16,777,216.</summary>
    public int MemoryCount { get; init; } = 10_000;

    internal void Validate()
    {
        if (Window < TimeSpan.FromSeconds(1))
            throw new ArgumentOutOfRangeException(nameof(Window), Window, "The window in which duplicates are known must be 1 s or more.");
        if (Capacity < 1)
            throw new ArgumentOutOfRangeException(nameof(Capacity), Capacity, "A store must remember at least 1 event.");
        if (MemoryCount is < 0 or > 1 << 24)
            throw new ArgumentOutOfRangeException(nameof(MemoryCount), MemoryCount, "Events in memory must be 0 to 16,777,216.");
    }
}
