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

    /// <summary>Bytes of data at most: 1 to 268,435,456.</summary>
    public int MaxDataBytes { get; init; } = 1 << 20;

    /// <summary>How far a time stamp may be ahead of the store's clock, since clocks of hosts differ: 0 to 1 day.</summary>
    public TimeSpan MaxClockSkew { get; init; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        if (MaxDataBytes is < 1 or > LargestDataBytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(MaxDataBytes), MaxDataBytes, $"{nameof(MaxDataBytes)} of an event must be 1 to {LargestDataBytes}.");
        }

        if (MaxClockSkew < TimeSpan.Zero || MaxClockSkew > TimeSpan.FromDays(1))
            throw new ArgumentOutOfRangeException(nameof(MaxClockSkew), MaxClockSkew, $"{nameof(MaxClockSkew)} must be 0 to 1 day.");
    }
}
