using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Emulator.Devices;
using Engine.Emulator.Platform;

namespace Engine.Emulator.Memory;

/// <summary>
/// The machine's RAM and boot ROM in one host allocation, with a state per 4 KiB frame that says which writes
/// have to be noticed. Frames are numbered by offset in the allocation: RAM first, then ROM. After <see cref="Dispose"/> every
/// member that touches it throws <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed unsafe partial class GuestMemory : IGuestMemory, IDisposable
{
    /// <summary>Bytes of a frame.</summary>
    public const int FrameSize = 4096;

    /// <summary>Guest physical address of RAM.</summary>
    public const ulong RamBase = 0x8000_0000;

    /// <summary>Guest physical address of the boot ROM.</summary>
    public const ulong RomBase = 0x1000;

    /// <summary>Bytes of the boot ROM.</summary>
    public const ulong RomSize = 0xF000;

    internal const int FrameShift = 12;

    private readonly byte* _allocation;
    private readonly ushort* _frameFlags;
    private bool _isFree;

    /// <summary>Allocates zeroed memory.</summary>
    /// <param name="ramSize">Bytes of RAM: a multiple of 4096, 64 KiB to 64 GiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size breaks that rule.</exception>
    /// <exception cref="InsufficientMemoryException">The host has not that much memory.</exception>
    public GuestMemory(ulong ramSize)
    {
        if (ramSize % FrameSize != 0 || !BoardLayout.RamSizes.Contains(ramSize))
        {
            throw new ArgumentOutOfRangeException(
                nameof(ramSize), ramSize, $"The RAM size must be {BoardLayout.RamSizes.Prose}, a multiple of {FrameSize} bytes.");
        }

        RamSize = ramSize;
        try
        {
            _allocation = (byte*)NativeMemory.AllocZeroed((nuint)(ramSize + RomSize + FrameSize));
        }
        catch (OutOfMemoryException exception)
        {
            throw new InsufficientMemoryException($"The host cannot allocate {ramSize} bytes of guest RAM.", exception);
        }

        Host = (byte*)(((nuint)_allocation + FrameSize - 1) & ~(nuint)(FrameSize - 1));
        FrameCount = (uint)((ramSize + RomSize) >> FrameShift);
        _frameFlags = (ushort*)NativeMemory.AllocZeroed(FrameCount, sizeof(ushort));
        Gate = new UseGate(nameof(GuestMemory), Release);
    }

    /// <summary>Frees the memory if <see cref="Dispose"/> was not called.</summary>
    ~GuestMemory() => Free();

    /// <summary>Bytes of RAM.</summary>
    public ulong RamSize { get; }

    /// <summary>Host address of the first byte of RAM.</summary>
    internal byte* Host { get; }

    /// <summary>Frames of RAM and ROM.</summary>
    internal uint FrameCount { get; }

    /// <summary>To be entered by whoever uses the memory by its address, or what has to live as long as it.</summary>
    internal UseGate Gate { get; }

    /// <summary>Called before the memory is freed, when nobody uses it any more.</summary>
    internal Action? Freeing { get; set; }

    /// <summary>Called after a device or the host wrote to RAM: offset and length in host memory.</summary>
    internal Action<ulong, ulong>? ExternallyWritten { get; set; }

    /// <summary>Whether stores to the frame may bypass the flags of the frame.</summary>
    internal bool AllowsFastStores(ulong offset) =>
        _frameFlags[offset >> FrameShift] == 0 && offset < RamSize;

    /// <summary>Whether a frame has a flag.</summary>
    internal bool HasFrameFlag(ulong frame, ushort flag) => (Volatile.Read(ref _frameFlags[frame]) & flag) != 0;

    /// <summary>Gives a frame a flag. May be called from any thread; a full fence.</summary>
    internal void SetFrameFlag(ulong frame, ushort flag)
    {
        ushort seen = Volatile.Read(ref _frameFlags[frame]);
        ushort found;
        while ((found = Interlocked.CompareExchange(ref _frameFlags[frame], (ushort)(seen | flag), seen)) != seen)
            seen = found;
    }

    /// <summary>Takes a flag from a frame. May be called from any thread; a full fence.</summary>
    internal void ClearFrameFlag(ulong frame, ushort flag)
    {
        ushort seen = Volatile.Read(ref _frameFlags[frame]);
        ushort found;
        while ((found = Interlocked.CompareExchange(ref _frameFlags[frame], (ushort)(seen & ~flag), seen)) != seen)
            seen = found;
    }

    /// <summary>Finds the host offset of a physical range within one region.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryGetOffset(ulong physicalAddress, ulong size, out ulong offset)
    {
        offset = physicalAddress - RamBase;
        if (offset < RamSize)
            return size <= RamSize - offset;
        offset = physicalAddress - RomBase;
        if (offset >= RomSize || size > RomSize - offset)
            return false;
        offset += RamSize;
        return true;
    }

    /// <summary>The physical address of a host offset.</summary>
    internal ulong PhysicalAddress(ulong offset) =>
        offset < RamSize ? RamBase + offset : RomBase + (offset - RamSize);

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The memory has been disposed.</exception>
    public bool TryRead(ulong address, Span<byte> destination)
    {
        using UseGate.Use use = Gate.Enter();
        if (!TryGetOffset(address, (ulong)destination.Length, out ulong offset))
            return false;
        new ReadOnlySpan<byte>(Host + offset, destination.Length).CopyTo(destination);
        return true;
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The memory has been disposed.</exception>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        using UseGate.Use use = Gate.Enter();
        if (!TryGetOffset(address, (ulong)source.Length, out ulong offset) || offset >= RamSize)
            return false;
        WriteAt(offset, source);
        return true;
    }

    /// <summary>Fills part of the boot ROM.</summary>
    /// <exception cref="ArgumentException">The data does not fit.</exception>
    /// <exception cref="ObjectDisposedException">The memory has been disposed.</exception>
    public void WriteRom(ulong address, ReadOnlySpan<byte> source)
    {
        using UseGate.Use use = Gate.Enter();
        ulong offset = address - RomBase;
        if (offset >= RomSize || (ulong)source.Length > RomSize - offset)
            throw new ArgumentException($"{source.Length} bytes at 0x{address:x} do not fit into the boot ROM.", nameof(source));
        WriteAt(RamSize + offset, source);
    }

    /// <summary>
    /// Ends the use of the memory. It is freed at once, or when the calls and the run that are using it have ended; does not wait for
    /// them. May be called from any thread, and again.
    /// </summary>
    public void Dispose()
    {
        Gate.Close();
        GC.SuppressFinalize(this);
    }

    private void WriteAt(ulong offset, ReadOnlySpan<byte> source)
    {
        source.CopyTo(new Span<byte>(Host + offset, source.Length));
        if (!source.IsEmpty)
            ExternallyWritten?.Invoke(offset, (ulong)source.Length);
    }

    private void Release()
    {
        Freeing?.Invoke();
        Free();
    }

    private void Free()
    {
        if (_isFree)
            return;
        _isFree = true;
        NativeMemory.Free(_allocation);
        NativeMemory.Free(_frameFlags);
    }
}
