using Engine.Primitives;

namespace Engine.Storage.Stores;

/// <summary>What is kept of the events: the newest ones that meet all limits. Immutable.</summary>
public sealed record EventRetention
{
    /// <summary>The oldest that is kept, by recorded time: 0 or more; null for no limit.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Events that are kept: 0 or more; null for no limit.</summary>
    public long? MaxCount { get; init; }

    /// <summary>Bytes of data that are kept: 0 or more; null for no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Places up to this one are removed whatever they are; null for none.</summary>
    public long? UpTo { get; init; }

    /// <summary>
    /// How long events of some types are kept, beside that; the first entry that matches a type counts. What is older is erased: its place
    /// stays until everything before it is removed, too, so that places stay without holes.
    /// </summary>
    public IReadOnlyList<TypeRetention> ByType { get; init; } = [];

    internal bool IsUnlimited => this is { MaxAge: null, MaxCount: null, MaxBytes: null, UpTo: null } && ByType.Count == 0;

    internal static OptionTable<EventRetention> Ranges { get; } = new OptionTable<EventRetention>("the events that are kept")
        .With(nameof(MaxAge), OptionRange.AtLeast(TimeSpan.Zero), static o => o.MaxAge)
        .With(nameof(MaxCount), OptionRange.AtLeast(0L), static o => o.MaxCount)
        .With(nameof(MaxBytes), OptionRange.AtLeast(0L), static o => o.MaxBytes);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(ByType);
        foreach (TypeRetention rule in ByType)
        {
            ArgumentNullException.ThrowIfNull(rule);
            TypeRetention.Ranges.Check(rule, rule.EventType);
        }

        Ranges.Check(this);
    }
}

/// <summary>What was removed.</summary>
/// <param name="Events">How many events.</param>
/// <param name="Bytes">Bytes of their data.</param>
/// <param name="FirstSequence">The first place that is still there, or where the next event will be.</param>
public sealed record TrimReport(long Events, long Bytes, long FirstSequence)
{
    /// <summary>Events that were erased because they were older than their type may be; their places stay.</summary>
    public long Erased { get; init; }
}
