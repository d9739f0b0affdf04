using System.Runtime.InteropServices;

namespace Engine.Emulator.Memory;

/// <summary>Unmanaged memory that its owner frees, or the collector where the owner forgets. Not cleared.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private bool _disposed;

    /// <summary>Allocates the buffer, by default aligned to a cache line and so for the widest copies.</summary>
    public NativeBuffer(nuint capacity, nuint alignment = 64) =>
        Start = (T*)NativeMemory.AlignedAlloc(capacity * (nuint)sizeof(T), alignment);

    ~NativeBuffer() => Free();

    /// <summary>The first element.</summary>
    public T* Start { get; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.AlignedFree(Start);
    }
}
