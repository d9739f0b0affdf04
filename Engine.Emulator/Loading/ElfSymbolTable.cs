using System.Buffers.Binary;
using System.Text;

namespace Engine.Emulator.Loading;

/// <summary>Looks symbols up in an ELF file. A damaged symbol table defines nothing: running needs no symbols.</summary>
internal static class ElfSymbolTable
{
    private const int SectionHeaderByteCount = 64;
    private const int SymbolByteCount = 24;
    private const uint SectionTypeSymbols = 2;
    private const ulong SectionIsExecutable = 4;
    private const int SymbolTypeNone = 0;
    private const int SymbolTypeFunction = 2;
    private const ushort DefinedNowhere = 0xFFF1;

    /// <summary>Values of those of the named symbols that the file defines.</summary>
    public static Dictionary<string, ulong> Find(ReadOnlySpan<byte> file, ReadOnlySpan<string> names)
    {
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        ulong tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        ushort entryByteCount = BinaryPrimitives.ReadUInt16LittleEndian(file[58..]);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        if (entryByteCount < SectionHeaderByteCount
            || !TrySlice(file, tableOffset, (ulong)entryByteCount * count, out var sections))
            return found;

        for (int index = 0; index < count; index++)
        {
            var section = sections.Slice(index * entryByteCount, SectionHeaderByteCount);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != SectionTypeSymbols)
                continue;

            uint stringsIndex = BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            if (stringsIndex < count
                && TryGetContents(file, section, out var symbols)
                && TryGetContents(file, sections[((int)stringsIndex * entryByteCount)..], out var strings))
                FindIn(symbols, strings, names, found);
        }

        return found;
    }

    /// <summary>The functions that the file defines, and the labels of its assembly code.</summary>
    public static List<(ulong Address, string Name)> Functions(ReadOnlySpan<byte> file)
    {
        var found = new List<(ulong, string)>();
        ulong tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        ushort entryByteCount = BinaryPrimitives.ReadUInt16LittleEndian(file[58..]);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        if (entryByteCount < SectionHeaderByteCount
            || !TrySlice(file, tableOffset, (ulong)entryByteCount * count, out var sections))
            return found;

        for (int index = 0; index < count; index++)
        {
            var section = sections.Slice(index * entryByteCount, SectionHeaderByteCount);
            uint stringsIndex = BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != SectionTypeSymbols || stringsIndex >= count
                || !TryGetContents(file, section, out var symbols)
                || !TryGetContents(file, sections[((int)stringsIndex * entryByteCount)..], out var strings))
                continue;
            for (; symbols.Length >= SymbolByteCount; symbols = symbols[SymbolByteCount..])
            {
                ushort definedIn = BinaryPrimitives.ReadUInt16LittleEndian(symbols[6..]);
                bool isExecutable = definedIn < count && (BinaryPrimitives.ReadUInt64LittleEndian(
                    sections[((definedIn * entryByteCount) + 8)..]) & SectionIsExecutable) != 0;
                // A function of no section is one of another program that the file brings along.
                bool isFunction = isExecutable
                    ? (symbols[4] & 15) is SymbolTypeNone or SymbolTypeFunction
                    : definedIn == DefinedNowhere && (symbols[4] & 15) == SymbolTypeFunction;
                if (isFunction && TryReadName(symbols, strings, out string name))
                    found.Add((BinaryPrimitives.ReadUInt64LittleEndian(symbols[8..]), name));
            }
        }

        return found;
    }

    /// <summary>The name of a symbol, if it is one that people gave.</summary>
    private static bool TryReadName(ReadOnlySpan<byte> symbol, ReadOnlySpan<byte> strings, out string name)
    {
        name = string.Empty;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
        if (offset >= strings.Length)
            return false;
        ReadOnlySpan<byte> text = strings[(int)offset..];
        int length = text.IndexOf((byte)0);
        if (length <= 0 || text[0] is (byte)'$' or (byte)'.')
            return false;
        name = Encoding.ASCII.GetString(text[..length]);
        return true;
    }

    private static void FindIn(
        ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> strings, ReadOnlySpan<string> names, Dictionary<string, ulong> found)
    {
        for (; symbols.Length >= SymbolByteCount; symbols = symbols[SymbolByteCount..])
        {
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(symbols);
            ushort definedIn = BinaryPrimitives.ReadUInt16LittleEndian(symbols[6..]);
            if (definedIn == 0 || nameOffset >= strings.Length)
                continue;

            foreach (string name in names)
            {
                if (IsNamed(strings[(int)nameOffset..], name))
                    found[name] = BinaryPrimitives.ReadUInt64LittleEndian(symbols[8..]);
            }
        }
    }

    private static bool IsNamed(ReadOnlySpan<byte> text, string name)
    {
        if (text.Length <= name.Length || text[name.Length] != 0)
            return false;

        return Encoding.ASCII.GetString(text[..name.Length]) == name;
    }

    private static bool TryGetContents(ReadOnlySpan<byte> file, ReadOnlySpan<byte> section, out ReadOnlySpan<byte> contents) =>
        TrySlice(
            file,
            BinaryPrimitives.ReadUInt64LittleEndian(section[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(section[32..]),
            out contents);

    private static bool TrySlice(ReadOnlySpan<byte> file, ulong offset, ulong byteCount, out ReadOnlySpan<byte> slice)
    {
        bool fits = offset <= (ulong)file.Length && byteCount <= (ulong)file.Length - offset;
        slice = fits ? file.Slice((int)offset, (int)byteCount) : [];
        return fits;
    }
}
