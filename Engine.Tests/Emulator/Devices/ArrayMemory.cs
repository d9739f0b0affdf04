using Engine.Emulator.Devices;
using Engine.Emulator.Platform;

namespace Engine.Tests.Emulator.Devices;

/// <summary>RAM in an array.</summary>
internal sealed class ArrayMemory(ulong start, int byteCount) : IGuestMemory
{
    private readonly byte[] _bytes = new byte[byteCount];

    public AddressRange Range { get; } = new(start, (ulong)byteCount);

    public bool TryRead(ulong address, Span<byte> destination)
    {
        if (!Range.Contains(address, (ulong)destination.Length))
            return false;

        _bytes.AsSpan((int)(address - start), destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        if (!Range.Contains(address, (ulong)source.Length))
            return false;

        source.CopyTo(_bytes.AsSpan((int)(address - start)));
        return true;
    }

    /// <summary>The bytes at an address, to look at and to change.</summary>
    public Span<byte> At(ulong address, int count) => _bytes.AsSpan((int)(address - start), count);
}
