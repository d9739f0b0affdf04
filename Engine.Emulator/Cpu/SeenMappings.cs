using Engine.Emulator.Memory;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Which translations have been used, so that each is reported once: for an address space and a page the frame, the size and the
/// permissions. It does not matter when the guest flushes or hardware sets bits; what counts as another translation is one that says
/// something else, or one after a fault that found none.
/// </summary>
internal sealed class SeenMappings
{
    // Beyond it the translations that are still in use are reported once more.
    private const int MaxCount = 1 << 20;

    private readonly Dictionary<(ulong AddressSpace, ulong VirtualPage), ulong> _leaves = [];

    /// <summary>Notes a use. Returns whether the translation is another one than the last of its page.</summary>
    /// <param name="addressSpace">The register that leads to the page table.</param>
    /// <param name="virtualPage">The first address of the page, whatever its size.</param>
    /// <param name="entry">The leaf of the page table.</param>
    /// <param name="level">Its level.</param>
    public bool Add(ulong addressSpace, ulong virtualPage, ulong entry, int level)
    {
        ulong leaf = (PageTableEntry.PhysicalPage(entry) << 8) | ((ulong)PageTableEntry.Permissions(entry) << 2) | (uint)level;
        if (_leaves.TryGetValue((addressSpace, virtualPage), out ulong known) && known == leaf)
            return false;
        if (_leaves.Count >= MaxCount)
            _leaves.Clear();
        _leaves[(addressSpace, virtualPage)] = leaf;
        return true;
    }

    /// <summary>Forgets the translations of an address, which the page table no longer has.</summary>
    public void Remove(ulong addressSpace, ulong virtualAddress)
    {
        for (int level = 0; level < PageTableEntry.Levels && _leaves.Count > 0; level++)
            _leaves.Remove((addressSpace, virtualAddress & ~(PageTableEntry.PageSize(level) - 1)));
    }

    public void Clear() => _leaves.Clear();

    /// <summary>Writes them in an order that does not depend on the run.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_leaves.Count);
        foreach (((ulong addressSpace, ulong virtualPage), ulong leaf) in _leaves.OrderBy(static pair => pair.Key))
        {
            writer.Write(addressSpace);
            writer.Write(virtualPage);
            writer.Write(leaf);
        }
    }

    public void Restore(BinaryReader reader)
    {
        _leaves.Clear();
        int count = reader.ReadInt32();
        if (count is < 0 or > MaxCount)
            throw new InvalidDataException($"The snapshot holds {count} translations; the most is {MaxCount}.");
        for (int index = 0; index < count; index++)
            _leaves[(reader.ReadUInt64(), reader.ReadUInt64())] = reader.ReadUInt64();
    }
}
