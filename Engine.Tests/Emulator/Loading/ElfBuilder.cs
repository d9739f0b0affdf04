using System.Buffers.Binary;
using System.Text;

namespace Engine.Tests.Emulator.Loading;

/// <summary>Makes small ELF files: one loadable segment and, if asked for, a symbol table.</summary>
internal sealed class ElfBuilder
{
    private const int HeaderByteCount = 64;
    private const int ProgramHeaderByteCount = 56;
    private const int ContentsOffset = HeaderByteCount + ProgramHeaderByteCount;

    public byte[] Contents { get; init; } = [0x13, 0x00, 0x00, 0x00];

    public ulong VirtualAddress { get; init; } = 0x8000_0000;

    public ulong PhysicalAddress { get; init; } = 0x8000_0000;

    public ulong Entry { get; init; } = 0x8000_0000;

    public ulong ZeroByteCount { get; init; }

    /// <summary>Whether it is linked for no address in particular.</summary>
    public bool IsPositionIndependent { get; init; }

    public (string Name, ulong Value)[] Symbols { get; init; } = [];

    public byte[] Build()
    {
        byte[] symbols = BuildSymbols(out byte[] strings);
        int symbolsOffset = ContentsOffset + Contents.Length;
        int stringsOffset = symbolsOffset + symbols.Length;
        int sectionsOffset = stringsOffset + strings.Length;
        byte[] file = new byte[sectionsOffset + (Symbols.Length == 0 ? 0 : 3 * 64)];
        "\u007FELF"u8.CopyTo(file);
        file[4] = 2;
        file[5] = 1;
        Put16(file, 16, (ushort)(IsPositionIndependent ? 3 : 2));
        Put16(file, 18, 243);
        Put64(file, 24, Entry);
        Put64(file, 32, HeaderByteCount);
        Put16(file, 54, ProgramHeaderByteCount);
        Put16(file, 56, 1);

        var program = file.AsSpan(HeaderByteCount);
        Put32(program, 0, 1);
        Put64(program, 8, ContentsOffset);
        Put64(program, 16, VirtualAddress);
        Put64(program, 24, PhysicalAddress);
        Put64(program, 32, (ulong)Contents.Length);
        Put64(program, 40, (ulong)Contents.Length + ZeroByteCount);
        Contents.CopyTo(file, ContentsOffset);
        if (Symbols.Length == 0)
            return file;

        Put64(file, 40, (ulong)sectionsOffset);
        Put16(file, 58, 64);
        Put16(file, 60, 3);
        symbols.CopyTo(file, symbolsOffset);
        strings.CopyTo(file, stringsOffset);
        PutSection(file.AsSpan(sectionsOffset + 64), type: 2, symbolsOffset, symbols.Length, link: 2);
        PutSection(file.AsSpan(sectionsOffset + 128), type: 3, stringsOffset, strings.Length, link: 0);
        return file;
    }

    private byte[] BuildSymbols(out byte[] strings)
    {
        byte[] symbols = new byte[24 * Symbols.Length];
        var names = new StringBuilder("\0");
        for (int index = 0; index < Symbols.Length; index++)
        {
            var symbol = symbols.AsSpan(24 * index);
            Put32(symbol, 0, (uint)names.Length);
            Put16(symbol, 6, 1);
            Put64(symbol, 8, Symbols[index].Value);
            names.Append(Symbols[index].Name).Append('\0');
        }

        strings = Symbols.Length == 0 ? [] : Encoding.ASCII.GetBytes(names.ToString());
        return symbols;
    }

    private static void PutSection(Span<byte> section, uint type, int offset, int byteCount, uint link)
    {
        Put32(section, 4, type);
        Put64(section, 24, (ulong)offset);
        Put64(section, 32, (ulong)byteCount);
        Put32(section, 40, link);
    }

    private static void Put16(Span<byte> target, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(target[offset..], value);

    private static void Put32(Span<byte> target, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(target[offset..], value);

    private static void Put64(Span<byte> target, int offset, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(target[offset..], value);
}
