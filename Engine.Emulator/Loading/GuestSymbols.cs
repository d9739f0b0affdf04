using System.Globalization;

namespace Engine.Emulator.Loading;

/// <summary>Names of the functions of the programs in memory. Threads may look for names when all have been added.</summary>
internal sealed class GuestSymbols
{
    private readonly List<(ulong Address, string Name)> _symbols = [];

    /// <summary>Adds the functions of an ELF file.</summary>
    /// <param name="file">The file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="entryPoint">Where its entry point was loaded; null for where the file says.</param>
    /// <exception cref="GuestLoadException">The file is no program.</exception>
    public void Add(ReadOnlyMemory<byte> file, string name, ulong? entryPoint = null)
    {
        var image = ElfImage.Parse(file, name);
        // What is linked for no address runs where it is loaded; anything else runs at the addresses it was linked for.
        ulong offset = image.IsPositionIndependent && entryPoint is ulong entry ? entry - image.EntryPoint : 0;
        foreach ((ulong address, string symbol) in ElfSymbolTable.Functions(file.Span))
            _symbols.Add((address + offset, symbol));
        _symbols.Sort(static (a, b) => a.Address != b.Address
            ? a.Address.CompareTo(b.Address)
            : string.CompareOrdinal(b.Name, a.Name));
    }

    /// <summary>The function at an address, or the address itself where none is known.</summary>
    public string NameOf(ulong address) => Find(address) ?? string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    /// <summary>The function at an address, with the offset in it; null where none is known.</summary>
    public string? Find(ulong address)
    {
        int low = 0;
        int high = _symbols.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_symbols[middle].Address <= address)
                low = middle + 1;
            else
                high = middle;
        }

        const ulong MaxOffset = 1 << 16;
        if (low == 0 || address - _symbols[low - 1].Address > MaxOffset)
            return null;
        (ulong start, string name) = _symbols[low - 1];
        return start == address ? name : string.Create(CultureInfo.InvariantCulture, $"{name}+0x{address - start:x}");
    }
}
