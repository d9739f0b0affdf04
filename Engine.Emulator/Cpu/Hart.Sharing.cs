using System.Runtime.Intrinsics.X86;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>What a hart does differently where others run at the same time. Why it is enough: docs/design/memory-ordering.md.</summary>
internal sealed unsafe partial class Hart
{
    private const uint FenceTso = 8;
    private const uint Acquire = 1 << 26;
    private const uint Release = 1 << 25;

    private readonly MemorySharing? _sharing;

    // What LR read, and how wide; the version of its line before.
    private ulong _reservedValue;
    private int _reservedSize;
    private int _reservedVersion;

    /// <summary>Held while the hart uses a device, where others may at the same time; otherwise null.</summary>
    public Lock? DeviceGate { get; set; }

    /// <summary>
    /// Called after the hart has stored to a frame of which some hart has code: offset and length in host memory.
    /// </summary>
    public Action<ulong, ulong>? CodeWritten { get; set; }

    /// <summary>Called before the hart decodes from a frame it had no code of: all stores to it have to be noticed from now on.</summary>
    public Action<ulong>? FrameGotCode
    {
        get => _blocks.FrameGotCode;
        set => _blocks.FrameGotCode = value;
    }

    /// <summary>Ends the reservation of LR, as other harts' stores may have.</summary>
    public void DropReservation() => _reservation = NoReservation;

    /// <summary>Makes stores to a frame look at its flags.</summary>
    public void FlushStoresTo(ulong frame) => _tlb.FlushStoresTo(_memory.Host + (frame << GuestMemory.FrameShift));

    /// <summary>Another hart has stored to memory; only while this one does not run.</summary>
    public void OnForeignStore(ulong offset, ulong size) => _blocks.Written(offset, size);

    /// <summary>To be called between two slices: stores to frames that other harts have code of are noticed from then on.</summary>
    public void AcknowledgeCode()
    {
        if (_sharing is null || !_sharing.IsBehind(Number, out long generation))
            return;
        _tlb.FlushAll();
        _sharing.Acknowledge(Number, generation);
    }

    private ulong ReadGuarded(Lock gate, IMmioDevice device, ulong physical, int size)
    {
        _events.HoldTransfers();
        try
        {
            lock (gate)
                return device.Read(physical - device.BaseAddress, size);
        }
        finally
        {
            _events.PublishTransfers();
        }
    }

    private void WriteGuarded(Lock gate, IMmioDevice device, ulong physical, ulong value, int size)
    {
        _events.HoldTransfers();
        try
        {
            lock (gate)
                device.Write(physical - device.BaseAddress, value, size);
        }
        finally
        {
            _events.PublishTransfers();
        }
    }

    private static void ExecuteFence(uint raw)
    {
        uint predecessors = (raw >> 24) & 15;
        uint successors = (raw >> 20) & 15;
        bool isTso = raw >> 28 == FenceTso;
        // x64 keeps all orders but that of a store before a load.
        bool storesBeforeLoads = (predecessors & 0b0101) != 0 && (successors & 0b1010) != 0 && !isTso;
        if (!X86Base.IsSupported || storesBeforeLoads)
            Interlocked.MemoryBarrier();
    }

    private void ExecuteShared(MicroOp* op, uint function, int size, ulong address, ulong offset, ulong operand)
    {
        switch (function)
        {
            case LoadReserved:
                ReserveShared(op, size, address, offset);
                break;
            case StoreConditional:
                StoreIfReservedShared(op, size, address, offset, operand);
                break;
            default:
                Interlocked.Increment(ref _sharing!.ReservationVersion(offset));
                ulong old = size == 4
                    ? (ulong)ModifyWord(function, ref *(int*)(_memory.Host + offset), (int)operand)
                    : (ulong)ModifyDouble(function, ref *(long*)(_memory.Host + offset), (long)operand);
                NoticeAtomic(offset, size);
                _state->X[op->Rd] = old;
                TraceAtomic(address, Combine(function, size, old, operand), size, MemoryAccessKind.Atomic);
                break;
        }
    }

    private void ReserveShared(MicroOp* op, int size, ulong address, ulong offset)
    {
        if ((op->Raw & Release) != 0)
            Interlocked.MemoryBarrier();
        byte* word = _memory.Host + offset;
        _reservedVersion = Volatile.Read(ref _sharing!.ReservationVersion(offset));
        _reservedValue = size == 4 ? (ulong)Volatile.Read(ref *(int*)word) : Volatile.Read(ref *(ulong*)word);
        (_reservedSize, _reservation) = (size, offset);
        if ((op->Raw & Acquire) != 0 && !X86Base.IsSupported)
            Interlocked.MemoryBarrier();
        _state->X[op->Rd] = _reservedValue;
        TraceAtomic(address, _reservedValue, size, MemoryAccessKind.Load);
    }

    private void StoreIfReservedShared(MicroOp* op, int size, ulong address, ulong offset, ulong value)
    {
        byte* word = _memory.Host + offset;
        bool stores = _reservation == offset && _reservedSize == size
            && Interlocked.CompareExchange(ref _sharing!.ReservationVersion(offset), _reservedVersion + 1, _reservedVersion)
                == _reservedVersion
            && (size == 4
                ? Interlocked.CompareExchange(ref *(int*)word, (int)value, (int)_reservedValue) == (int)_reservedValue
                : Interlocked.CompareExchange(ref *(ulong*)word, value, _reservedValue) == _reservedValue);
        _reservation = NoReservation;
        _state->X[op->Rd] = stores ? 0UL : 1UL;
        if (!stores)
            return;
        NoticeAtomic(offset, size);
        TraceAtomic(address, value, size, MemoryAccessKind.Store);
    }

    private void NoticeAtomic(ulong offset, int size)
    {
        if (!_memory.AllowsFastStores(offset))
            NoticeStore(offset, (ulong)size);
    }

    private static ulong Combine(uint function, int size, ulong old, ulong operand) => size == 4
        ? Combine(function, old, (ulong)(int)operand, (uint)old, (uint)operand)
        : Combine(function, old, operand, old, operand);

    private static long ModifyWord(uint function, ref int word, int operand)
    {
        switch (function)
        {
            case 0:
                return Interlocked.Add(ref word, operand) - operand;
            case 1:
                return Interlocked.Exchange(ref word, operand);
            case 8:
                return Interlocked.Or(ref word, operand);
            case 12:
                return Interlocked.And(ref word, operand);
        }

        int seen = Volatile.Read(ref word);
        while (true)
        {
            var wanted = (int)Combine(function, sizeof(int), (ulong)seen, (ulong)operand);
            int found = Interlocked.CompareExchange(ref word, wanted, seen);
            if (found == seen)
                return seen;
            seen = found;
        }
    }

    private static long ModifyDouble(uint function, ref long word, long operand)
    {
        switch (function)
        {
            case 0:
                return Interlocked.Add(ref word, operand) - operand;
            case 1:
                return Interlocked.Exchange(ref word, operand);
            case 8:
                return Interlocked.Or(ref word, operand);
            case 12:
                return Interlocked.And(ref word, operand);
        }

        long seen = Volatile.Read(ref word);
        while (true)
        {
            var wanted = (long)Combine(function, sizeof(long), (ulong)seen, (ulong)operand);
            long found = Interlocked.CompareExchange(ref word, wanted, seen);
            if (found == seen)
                return seen;
            seen = found;
        }
    }

    /// <summary>Sets bits of a page-table entry, unless it has changed.</summary>
    private bool TryReplaceEntry(ulong offset, ulong entry, ulong wanted)
    {
        Interlocked.Increment(ref _sharing!.ReservationVersion(offset));
        if (Interlocked.CompareExchange(ref *(ulong*)(_memory.Host + offset), wanted, entry) != entry)
            return false;
        if (!_memory.AllowsFastStores(offset))
        {
            _blocks.Written(offset, PageTableEntry.Size);
            _sharing.CodeWritten(offset, PageTableEntry.Size);
        }

        return true;
    }
}
