namespace Engine.Subscriptions.Filters;

/// <summary>Addresses from <see cref="Start"/> on, up to but not including <see cref="End"/>.</summary>
internal readonly struct AddressRange
{
    public AddressRange(ulong start, ulong end)
    {
        if (end <= start)
        {
            throw new ArgumentOutOfRangeException(
                nameof(end), $"0x{end:x}",
                $"An address range is [start, end) and must not be empty, so its end must be above its start 0x{start:x}.");
        }

        Start = start;
        End = end;
    }

    public ulong Start { get; }

    public ulong End { get; }

    public bool Contains(ulong address) => address - Start < End - Start;
}
