using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// The slots of a ring: a power-of-two array of unmanaged structs in aligned unmanaged memory, allocated once and
/// addressed by position modulo capacity. It has no cursors of its own; a <see cref="Sequencer"/> says which
/// positions may be written or read. The memory is freed when the object is collected.
/// </summary>
/// <typeparam name="T">The slot type.</typeparam>
[DebuggerDisplay("{Capacity} slots")]
internal sealed unsafe class RingBuffer<T>
    where T : unmanaged
{
    private readonly AlignedMemory<T> _memory;

    /// <summary>Allocates the slots, zeroed.</summary>
    /// <param name="capacity">Number of slots, a power of two of at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not such a number.</exception>
    public RingBuffer(int capacity)
    {
        Sequencer.CheckCapacity(capacity);
        _memory = new AlignedMemory<T>(capacity);
        Slots = _memory.Pointer;
        Mask = capacity - 1;
    }

    /// <summary>Number of slots.</summary>
    public int Capacity => (int)Mask + 1;

    internal T* Slots { get; }

    internal long Mask { get; }

    /// <summary>The slot of a position. The caller must hold the position by its sequencer.</summary>
    /// <param name="position">Any position from 0.</param>
    public ref T this[long position]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Slots[position & Mask];
    }

    /// <summary>The slots from a position on that lie side by side: up to <paramref name="count"/>, fewer where the ring wraps.</summary>
    /// <param name="position">First position.</param>
    /// <param name="count">Slots wanted, at most the capacity.</param>
    public Span<T> Slice(long position, int count)
    {
        int offset = (int)(position & Mask);
        return new Span<T>(Slots + offset, Math.Min(count, Capacity - offset));
    }

    /// <summary>Copies events into consecutive positions, around the end of the ring where needed.</summary>
    internal void CopyIn(long position, ReadOnlySpan<T> source)
    {
        Span<T> first = Slice(position, source.Length);
        source[..first.Length].CopyTo(first);
        if (first.Length < source.Length)
            source[first.Length..].CopyTo(Slice(position + first.Length, source.Length - first.Length));
    }
}
