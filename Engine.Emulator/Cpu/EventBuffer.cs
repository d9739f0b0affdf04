using System.Runtime.InteropServices;

namespace Engine.Emulator.Cpu;

/// <summary>Unmanaged room in which a probe gathers events, so that the lane's cursor moves once per many.</summary>
internal sealed unsafe class EventBuffer<T> : IDisposable
    where T : unmanaged
{
    private bool _disposed;

    /// <summary>Allocates the buffer, aligned for the widest copies.</summary>
    public EventBuffer(int capacity) => Start = (T*)NativeMemory.AlignedAlloc((nuint)(capacity * sizeof(T)), 64);

    ~EventBuffer() => Free();

    /// <summary>The first event.</summary>
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
