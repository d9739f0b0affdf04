namespace Engine.Bus.Idempotency;

/// <summary>How much a store in memory remembers. Immutable.</summary>
public sealed record InMemoryIdempotencyOptions
{
    /// <summary>How long a handled event is remembered. A duplicate that comes later is handled again.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Keys that are remembered, claims in flight included; the ones handled longest ago give way. At least 1.</summary>
    public int Capacity { get; init; } = 100_000;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (Window <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(Window), Window, "The window in which duplicates are known must be above zero.");
        if (Capacity < 1)
            throw new ArgumentOutOfRangeException(nameof(Capacity), Capacity, "A store must remember at least 1 key.");
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
