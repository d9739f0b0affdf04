using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Primitives;

/// <summary>
/// A zeroed block of unmanaged memory, aligned to <see cref="CacheLine.Size"/>. It is freed when the object is
/// collected and not before: a publisher on another thread may still hold the address.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed unsafe class AlignedMemory<T>
    where T : unmanaged
{
    private readonly nuint _byteCount;

    public AlignedMemory(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _byteCount = checked((nuint)length * (nuint)Unsafe.SizeOf<T>());
        Pointer = (T*)NativeMemory.AlignedAlloc(_byteCount, CacheLine.Size);
        NativeMemory.Clear(Pointer, _byteCount);
        GC.AddMemoryPressure((long)_byteCount);
    }

    ~AlignedMemory()
    {
        if (Pointer is null)
            return;
        NativeMemory.AlignedFree(Pointer);
        GC.RemoveMemoryPressure((long)_byteCount);
    }

    public T* Pointer { get; }
}
