using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Engine.Emulator.Platform;

/// <summary>Writes a flattened device tree, version 17. Nodes are written depth first.</summary>
public sealed class FdtWriter
{
    private const uint Magic = 0xD00D_FEED;
    private const uint Version = 17;
    private const uint LastCompatibleVersion = 16;
    private const int HeaderByteCount = 40;
    private const int ReservationByteCount = 16;

    private const uint BeginNodeToken = 1;
    private const uint EndNodeToken = 2;
    private const uint PropertyToken = 3;
    private const uint EndToken = 9;

    private readonly ArrayBufferWriter<byte> _structure = new();
    private readonly ArrayBufferWriter<byte> _strings = new();
    private readonly Dictionary<string, uint> _stringOffsets = new(StringComparer.Ordinal);
    private int _depth;

    private static ReadOnlySpan<byte> Terminator => [0];

    /// <summary>Opens a node; the root's name is empty.</summary>
    public FdtWriter BeginNode(string name)
    {
        WriteCell(BeginNodeToken);
        _structure.Write(Encoding.ASCII.GetBytes(name));
        _structure.Write(Terminator);
        Align();
        _depth++;
        return this;
    }

    public FdtWriter EndNode()
    {
        if (_depth == 0)
            throw new InvalidOperationException("EndNode has no open node to close.");

        WriteCell(EndNodeToken);
        _depth--;
        return this;
    }

    /// <summary>A property without a value.</summary>
    public FdtWriter Flag(string name) => Property(name, []);

    /// <summary>A property of 32-bit cells.</summary>
    public FdtWriter Cells(string name, params ReadOnlySpan<uint> cells)
    {
        byte[] value = new byte[cells.Length * 4];
        for (int index = 0; index < cells.Length; index++)
            BinaryPrimitives.WriteUInt32BigEndian(value.AsSpan(index * 4), cells[index]);
        return Property(name, value);
    }

    /// <summary>A property of 64-bit numbers, each in two cells.</summary>
    public FdtWriter Cells64(string name, params ReadOnlySpan<ulong> numbers)
    {
        byte[] value = new byte[numbers.Length * 8];
        for (int index = 0; index < numbers.Length; index++)
            BinaryPrimitives.WriteUInt64BigEndian(value.AsSpan(index * 8), numbers[index]);
        return Property(name, value);
    }

    /// <summary>A property that is a list of strings, each with its terminating zero.</summary>
    public FdtWriter Strings(string name, params ReadOnlySpan<string> values)
    {
        var value = new ArrayBufferWriter<byte>();
        foreach (string text in values)
        {
            value.Write(Encoding.UTF8.GetBytes(text));
            value.Write(Terminator);
        }

        return Property(name, value.WrittenSpan);
    }

    /// <summary>Completes the tree and returns the blob.</summary>
    public byte[] Finish()
    {
        if (_depth != 0)
            throw new InvalidOperationException($"{_depth} node(s) are still open.");

        WriteCell(EndToken);
        var structure = _structure.WrittenSpan;
        var strings = _strings.WrittenSpan;
        int structureOffset = HeaderByteCount + ReservationByteCount;
        int stringsOffset = structureOffset + structure.Length;
        byte[] blob = new byte[stringsOffset + strings.Length];
        ReadOnlySpan<uint> header =
        [
            Magic, (uint)blob.Length, (uint)structureOffset, (uint)stringsOffset, HeaderByteCount,
            Version, LastCompatibleVersion, 0, (uint)strings.Length, (uint)structure.Length,
        ];
        for (int index = 0; index < header.Length; index++)
            BinaryPrimitives.WriteUInt32BigEndian(blob.AsSpan(index * 4), header[index]);

        // The memory reservations between header and structure are just their terminator, which is zeros.
        structure.CopyTo(blob.AsSpan(structureOffset));
        strings.CopyTo(blob.AsSpan(stringsOffset));
        return blob;
    }

    private FdtWriter Property(string name, ReadOnlySpan<byte> value)
    {
        if (_depth == 0)
            throw new InvalidOperationException($"Property '{name}' stands outside every node.");

        WriteCell(PropertyToken);
        WriteCell((uint)value.Length);
        WriteCell(StringOffset(name));
        _structure.Write(value);
        Align();
        return this;
    }

    private uint StringOffset(string name)
    {
        if (!_stringOffsets.TryGetValue(name, out uint offset))
        {
            offset = (uint)_strings.WrittenCount;
            _stringOffsets.Add(name, offset);
            _strings.Write(Encoding.ASCII.GetBytes(name));
            _strings.Write(Terminator);
        }

        return offset;
    }

    private void WriteCell(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        _structure.Write(bytes);
    }

    private void Align()
    {
        while (_structure.WrittenCount % 4 != 0)
            _structure.Write(Terminator);
    }
}
