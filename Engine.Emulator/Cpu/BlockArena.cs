using System.Runtime.InteropServices;
using Engine.Emulator.Memory;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Bump allocator for decoded blocks. Freed only as a whole, so that a block that was invalidated while it runs stays
/// readable.
/// </summary>
internal sealed unsafe class BlockArena : IDisposable
{
    private readonly NativeBuffer<byte> _memory;
    private readonly nuint _size;
    private nuint _used;

    public BlockArena(nuint size)
    {
        _size = size;
        _memory = new NativeBuffer<byte>(size);
    }

    /// <summary>Whether <paramref name="size"/> bytes can be allocated.</summary>
    public bool HasRoom(nuint size) => size <= _size - _used;

    /// <summary>Allocates zeroed memory, aligned to 16 bytes.</summary>
    public void* Allocate(nuint size)
    {
        nuint rounded = (size + 15) & ~(nuint)15;
        if (!HasRoom(rounded))
            throw new InvalidOperationException("The block arena has no room; the caller has to flush it first.");
        byte* memory = _memory.Start + _used;
        _used += rounded;
        NativeMemory.Clear(memory, rounded);
        return memory;
    }

    /// <summary>Frees everything.</summary>
    public void Reset() => _used = 0;

    public void Dispose() => _memory.Dispose();
}
