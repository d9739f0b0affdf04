using System.Buffers.Binary;

namespace Engine.Emulator.Loading;

/// <summary>A parsed 64-bit little-endian RISC-V program. Every offset and size of the file has been checked.</summary>
public sealed class ElfImage
{
    private const int HeaderByteCount = 64;
    private const int ProgramHeaderByteCount = 56;
    private const byte Class64 = 2;
    private const byte LittleEndian = 1;
    private const ushort TypeExecutable = 2;
    private const ushort TypeSharedObject = 3;
    private const ushort MachineRiscV = 243;
    private const uint SegmentTypeLoad = 1;

    private readonly ReadOnlyMemory<byte> _file;
    private readonly List<ElfSegment> _segments = [];
    private readonly string _name;

    private ElfImage(ReadOnlyMemory<byte> file, string name)
    {
        _file = file;
        _name = name;
    }

    /// <summary>The loadable segments that occupy memory, in the file's order.</summary>
    public IReadOnlyList<ElfSegment> Segments => _segments;

    /// <summary>Physical address of the first instruction.</summary>
    public ulong EntryPoint { get; private set; }

    /// <summary>Whether it is position-independent: linked for no address in particular.</summary>
    public bool IsPositionIndependent { get; private set; }

    /// <summary>Whether it was linked for the upper half of the address space, as kernels are that map themselves there.</summary>
    public bool IsUpperHalf => _segments.TrueForAll(static segment => segment.VirtualAddress >> 63 != 0);

    /// <summary>Parses a file.</summary>
    /// <param name="file">The file's contents.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="GuestLoadException">The file is not such a program, or is damaged.</exception>
    public static ElfImage Parse(ReadOnlyMemory<byte> file, string name)
    {
        var image = new ElfImage(file, name);
        image.CheckIdentification();
        image.ReadSegments();
        image.EntryPoint = image.ToPhysical(BinaryPrimitives.ReadUInt64LittleEndian(file.Span[24..]));
        return image;
    }

    /// <summary>The part of the file that a segment takes its contents from.</summary>
    public ReadOnlySpan<byte> ContentsOf(ElfSegment segment) =>
        _file.Span.Slice((int)segment.FileOffset, (int)segment.FileByteCount);

    /// <summary>Physical addresses of those of the named symbols that the file defines.</summary>
    public IReadOnlyDictionary<string, ulong> FindSymbols(params ReadOnlySpan<string> names)
    {
        var found = ElfSymbolTable.Find(_file.Span, names);
        return found.ToDictionary(symbol => symbol.Key, symbol => ToPhysical(symbol.Value), StringComparer.Ordinal);
    }

    private ulong ToPhysical(ulong virtualAddress)
    {
        foreach (var segment in _segments)
        {
            if (virtualAddress >= segment.VirtualAddress && virtualAddress - segment.VirtualAddress < segment.MemoryByteCount)
                return virtualAddress - segment.VirtualAddress + segment.PhysicalAddress;
        }

        return virtualAddress;
    }

    private void CheckIdentification()
    {
        var file = _file.Span;
        if (!file.StartsWith("\u007FELF"u8))
            throw Error("not an ELF file");
        if (file.Length < HeaderByteCount)
            throw Error($"truncated: an ELF header has {HeaderByteCount} bytes, the file {file.Length}");
        if (file[4] != Class64)
            throw Error("not a 64-bit ELF file");
        if (file[5] != LittleEndian)
            throw Error("not a little-endian ELF file");

        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(file[18..]);
        if (machine != MachineRiscV)
            throw Error($"built for another machine (ELF machine {machine}, RISC-V is {MachineRiscV})");

        ushort type = BinaryPrimitives.ReadUInt16LittleEndian(file[16..]);
        if (type is not (TypeExecutable or TypeSharedObject))
            throw Error($"not an executable (ELF type {type})");
        IsPositionIndependent = type == TypeSharedObject;
    }

    private void ReadSegments()
    {
        var file = _file.Span;
        ulong tableOffset = BinaryPrimitives.ReadUInt64LittleEndian(file[32..]);
        ushort entryByteCount = BinaryPrimitives.ReadUInt16LittleEndian(file[54..]);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        if (count != 0 && entryByteCount < ProgramHeaderByteCount)
            throw Error($"damaged: program headers of {entryByteCount} bytes, expected {ProgramHeaderByteCount}");

        ulong tableByteCount = (ulong)count * entryByteCount;
        if (!IsInFile(tableOffset, tableByteCount))
            throw Error("truncated: the program headers lie behind the end of the file");

        for (int index = 0; index < count; index++)
        {
            var header = file.Slice((int)tableOffset + (index * entryByteCount), ProgramHeaderByteCount);
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == SegmentTypeLoad)
                AddSegment(index, header);
        }

        if (_segments.Count == 0)
            throw Error("nothing to load: the file has no loadable segment");
    }

    private void AddSegment(int index, ReadOnlySpan<byte> header)
    {
        var segment = new ElfSegment(
            FileOffset: BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
            VirtualAddress: BinaryPrimitives.ReadUInt64LittleEndian(header[16..]),
            PhysicalAddress: BinaryPrimitives.ReadUInt64LittleEndian(header[24..]),
            FileByteCount: BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
            MemoryByteCount: BinaryPrimitives.ReadUInt64LittleEndian(header[40..]));
        if (!IsInFile(segment.FileOffset, segment.FileByteCount))
            throw Error($"truncated: segment {index} reaches behind the end of the file");
        if (segment.FileByteCount > segment.MemoryByteCount)
            throw Error($"damaged: segment {index} has more bytes in the file than in memory");
        if (segment.MemoryByteCount != 0)
            _segments.Add(segment);
    }

    private bool IsInFile(ulong offset, ulong byteCount) =>
        offset <= (ulong)_file.Length && byteCount <= (ulong)_file.Length - offset;

    private GuestLoadException Error(string problem) => new($"{_name}: {problem}");
}
