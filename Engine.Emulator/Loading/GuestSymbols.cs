using System.Globalization;

namespace Engine.Emulator.Loading;

/// <summary>Names of the functions of the programs in memory. Thread-safe.</summary>
internal sealed class GuestSymbols
{
    private const ulong MaxOffset = 1 << 16;

    private readonly Lock _lock = new();
    private readonly List<(ulong Address, string Name)> _symbols = [];
    private bool _isSorted = true;

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
        Add(ElfSymbolTable.Functions(file.Span).Select(symbol => (symbol.Address + offset, symbol.Name)));
    }

    /// <summary>Adds the functions of a file that is made beside a stripped program: an ELF file, or a <c>System.map</c>.</summary>
    /// <param name="file">The file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="GuestLoadException">The file is neither.</exception>
    public void AddFile(ReadOnlyMemory<byte> file, string name)
    {
        if (file.Span.StartsWith("\u007FELF"u8))
            Add(file, name);
        else
            Add(SymbolMap.Functions(file.Span, name));
    }

    /// <summary>The function at an address, or the address itself where none is known.</summary>
    public string NameOf(ulong address) => Find(address) ?? string.Create(CultureInfo.InvariantCulture, $"0x{address:x}");

    /// <summary>The function at an address, with the offset in it; null where none is known.</summary>
    public string? Find(ulong address) => TryFind(address, out ulong start, out string name)
        ? start == address ? name : string.Create(CultureInfo.InvariantCulture, $"{name}+0x{address - start:x}")
        : null;

    /// <summary>The function at an address; null where none is known.</summary>
    public string? FindFunction(ulong address) => TryFind(address, out _, out string name) ? name : null;

    private void Add(IEnumerable<(ulong Address, string Name)> symbols)
    {
        lock (_lock)
        {
            _symbols.AddRange(symbols.Select(static symbol => (symbol.Address, SymbolNames.Demangle(symbol.Name))));
            _isSorted = false;
        }
    }

    private bool TryFind(ulong address, out ulong start, out string name)
    {
        lock (_lock)
        {
            if (!_isSorted)
                _symbols.Sort(static (a, b) => a.Address != b.Address
                    ? a.Address.CompareTo(b.Address)
                    : string.CompareOrdinal(b.Name, a.Name));
            _isSorted = true;
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

            (start, name) = low == 0 ? (0, "") : _symbols[low - 1];
            return low > 0 && address - start <= MaxOffset;
        }
    }
}
