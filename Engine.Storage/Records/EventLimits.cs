using Engine.Primitives;

namespace Engine.Storage.Records;

/// <summary>How large an event to be stored may be, and how far its clock may be ahead. Immutable.</summary>
public sealed record EventLimits
{
    /// <summary>Characters of a name, source, key or content type at most.</summary>
    public const int MaxTextLength = 255;

    /// <summary>The largest <see cref="MaxDataBytes"/>.</summary>
    public const int LargestDataBytes = 256 << 20;

    /// <summary>The limits unless others are given.</summary>
    public static EventLimits Default { get; } = new();

    /// <summary>Bytes of data at most: 1 to 256 MiB.</summary>
    public int MaxDataBytes { get; init; } = 1 << 20;

    /// <summary>How far a time stamp may be ahead of the store's clock, since clocks of hosts differ: 0 to 1 day.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(5);

    internal static OptionTable<EventLimits> Ranges { get; } = new OptionTable<EventLimits>("an event")
        .With(nameof(MaxDataBytes), OptionRange.Bytes(1, LargestDataBytes), static o => o.MaxDataBytes)
        .With(nameof(MaxClockSkew), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.MaxClockSkew);

    internal void Validate()
    {
        Ranges.Check(this);
    }
}
