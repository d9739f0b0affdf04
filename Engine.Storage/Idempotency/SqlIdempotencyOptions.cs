using Engine.Primitives;

namespace Engine.Storage.Idempotency;

/// <summary>How much a store of handled events remembers. Immutable.</summary>
public sealed record SqlIdempotencyOptions
{
    /// <summary>How long a handled event is remembered: 1 s or more. A duplicate that comes later is handled again.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Handled events that are remembered at most: 1 or more; those handled longest ago give way.</summary>
    public long Capacity { get; init; } = 10_000_000;

    /// <summary>Handled events that are also remembered in memory, in front of the database: 0 to 16,777,216.</summary>
    public int MemoryCount { get; init; } = 10_000;

    internal static OptionTable<SqlIdempotencyOptions> Ranges { get; } = new OptionTable<SqlIdempotencyOptions>("a store of handled events")
        .With(nameof(Window), OptionRange.AtLeast(TimeSpan.FromSeconds(1)), static o => o.Window)
        .With(nameof(Capacity), OptionRange.AtLeast(1L), static o => o.Capacity)
        .With(nameof(MemoryCount), OptionRange.Of(0, 1 << 24), static o => o.MemoryCount);

    internal void Validate()
    {
        Ranges.Check(this);
    }
}
