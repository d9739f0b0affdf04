namespace Engine.Subscriptions.Filters;

/// <summary>
/// Addresses, as exactly as a lane can look them up at every event: one range, or the hull of several with a bit for each 16
/// addresses, folded to 64 KiB. It may hold addresses that nobody named, and none that somebody did is missing. Immutable.
/// </summary>
internal sealed class AddressSet
{
    private const int GranuleShift = 4;
    private const int Granules = 4096;

    /// <summary>Every address.</summary>
    public static readonly AddressSet All = new([], isAll: true);

    /// <summary>No address.</summary>
    public static readonly AddressSet None = new([], isAll: false);

    private readonly AddressRange[] _ranges;
    private readonly ulong _start;
    private readonly ulong _length;
    private readonly ulong[]? _bits;

    private AddressSet(AddressRange[] ranges, bool isAll)
    {
        _ranges = ranges;
        IsAll = isAll;
        if (ranges.Length == 0)
            return;
        _start = ranges.Min(static range => range.Start);
        _length = ranges.Max(static range => range.End) - _start;
        _bits = ranges.Length > 1 ? BitsOf(ranges) : null;
    }

    /// <summary>Whether it holds every address, so that there is nothing to look up.</summary>
    public bool IsAll { get; }

    public static AddressSet Of(AddressRange range) => new([range], isAll: false);

    /// <summary>Whether an address may be one of them. Not for the set of all.</summary>
    public bool MayHold(ulong address)
    {
        if (address - _start >= _length)
            return false;
        ulong[]? bits = _bits;
        if (bits is null)
            return true;
        uint granule = (uint)(address >> GranuleShift) & (Granules - 1);
        return (bits[granule >> 6] >> (int)(granule & 63) & 1) != 0;
    }

    public AddressSet Or(AddressSet other)
    {
        if (IsAll || other.IsAll)
            return All;
        return new AddressSet([.. _ranges, .. other._ranges], isAll: false);
    }

    /// <summary>One of both sets: the addresses of either are more than those of both, which is enough.</summary>
    public AddressSet And(AddressSet other)
    {
        if (IsAll)
            return other;
        return other.IsAll || _length <= other._length ? this : other;
    }

    // Null where a range is so long that all bits would be set.
    private static ulong[]? BitsOf(AddressRange[] ranges)
    {
        var bits = new ulong[Granules / 64];
        foreach (AddressRange range in ranges)
        {
            ulong first = range.Start >> GranuleShift;
            ulong last = (range.End - 1) >> GranuleShift;
            if (last - first >= Granules)
                return null;
            for (ulong granule = first; granule <= last; granule++)
                bits[(granule & (Granules - 1)) >> 6] |= 1UL << (int)(granule & 63);
        }

        return bits;
    }
}
