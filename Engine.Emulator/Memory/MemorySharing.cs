using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Emulator.Memory;

/// <summary>
/// What harts that run on threads of their own tell each other about guest memory. Loads, stores and atomics go straight to the
/// host's memory; what is here is for the two things that the host does not do for them.
/// <code>
/// Decoded    A hart's store is noticed only where its TLB does not lead past the flags of the frame. So a hart that is about to
/// code       decode from a new frame sets its flag and then begins a new generation; another hart, before each slice, drops its
///            store TLB and then acknowledges the generation. FENCE.I drops the blocks of a frame whose generation was not
///            acknowledged by all at the FENCE.I before: its bytes may have been written unseen. Stores that are noticed count a
///            version of the frame up, which FENCE.I compares.
///
/// Reserva-   A version per 64 bytes, by hash, which every AMO counts up before it writes, and every SC with a compare-and-swap.
/// tions      SC succeeds if version and value are those of LR. A plain store that restores the value is not noticed.
/// </code>
/// All members are thread-safe.
/// </summary>
internal sealed unsafe class MemorySharing : IDisposable
{
    private const int ReservationCount = 1024;
    private const int LineShift = 6;
    private const int LineInts = 16;

    private readonly NativeBuffer<uint> _codeVersions;
    private readonly NativeBuffer<int> _reservations = new(ReservationCount * LineInts);
    private readonly NativeBuffer<long> _acknowledged;
    private readonly int _hartCount;
    private long _generation;

    /// <summary>Nothing has been decoded or reserved.</summary>
    public MemorySharing(GuestMemory memory, int hartCount)
    {
        _hartCount = hartCount;
        _codeVersions = new NativeBuffer<uint>(memory.FrameCount);
        NativeMemory.Clear(_codeVersions.Start, memory.FrameCount * sizeof(uint));
        NativeMemory.Clear(_reservations.Start, ReservationCount * LineInts * sizeof(int));
        _acknowledged = new NativeBuffer<long>((nuint)hartCount * LineInts);
        NativeMemory.Clear(_acknowledged.Start, (nuint)hartCount * LineInts * sizeof(long));
    }

    /// <summary>The version of a frame's code: read it before the code.</summary>
    public uint CodeVersion(ulong frame) => Volatile.Read(ref _codeVersions.Start[frame]);

    /// <summary>Bytes of a frame with code have been written: a full fence behind them.</summary>
    public void CodeWritten(ulong offset, ulong size)
    {
        for (ulong frame = offset >> GuestMemory.FrameShift; frame <= (offset + size - 1) >> GuestMemory.FrameShift; frame++)
            Interlocked.Increment(ref _codeVersions.Start[frame]);
    }

    /// <summary>A device has written to memory.</summary>
    public void Written(ulong offset, ulong size)
    {
        CodeWritten(offset, size);
        for (ulong line = offset >> LineShift; line <= (offset + size - 1) >> LineShift; line++)
            Interlocked.Increment(ref ReservationVersion(line << LineShift));
    }

    /// <summary>The caller is about to decode from a frame that it has just given its flag.</summary>
    public long BeginGeneration() => Interlocked.Increment(ref _generation);

    /// <summary>Whether a hart has to drop its store TLB and to acknowledge.</summary>
    public bool IsBehind(int hart, out long generation)
    {
        generation = Volatile.Read(ref _generation);
        return generation != Acknowledged(hart);
    }

    /// <summary>The hart has dropped its store TLB since it saw a generation.</summary>
    public void Acknowledge(int hart, long generation) => Volatile.Write(ref Acknowledged(hart), generation);

    /// <summary>Whether all other harts have acknowledged a generation.</summary>
    public bool IsAcknowledged(int hart, long generation)
    {
        for (int other = 0; other < _hartCount; other++)
        {
            if (other != hart && Volatile.Read(ref Acknowledged(other)) < generation)
                return false;
        }

        return true;
    }

    /// <summary>The version that reservations of a word are made with.</summary>
    public ref int ReservationVersion(ulong offset) =>
        ref _reservations.Start[((offset >> LineShift) % ReservationCount) * LineInts];

    public void Dispose()
    {
        _codeVersions.Dispose();
        _reservations.Dispose();
        _acknowledged.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref long Acknowledged(int hart) => ref _acknowledged.Start[hart * LineInts];
}
