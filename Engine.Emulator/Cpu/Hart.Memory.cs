using System.Runtime.CompilerServices;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong NoWatch = ulong.MaxValue;

    private ulong _watchOffset = NoWatch;

    /// <summary>The value the guest wrote to the watched word, once it is odd.</summary>
    public ulong? WatchedValue { get; private set; }

    /// <summary>Watches a word of RAM: the run ends when the guest stores an odd value there.</summary>
    /// <returns>False when the address is not in RAM.</returns>
    public bool Watch(ulong physicalAddress)
    {
        if (!_memory.TryGetOffset(physicalAddress, sizeof(ulong), out ulong offset))
            return false;
        _watchOffset = offset;
        ulong frame = offset >> GuestMemory.FrameShift;
        _memory.SetFrameFlag(frame, FrameFlag.Watched);
        FlushStoresTo(frame);
        return true;
    }

    /// <summary>A load that the fast path could not do; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool LoadSlow(Block* block, MicroOp* op, ulong address)
    {
        if (!TryLoadInto(block, op, address, out ulong value))
            return true;
        _state->X[op->Rd] = op->PlainCode switch
        {
            MicroOpCode.Lb => (ulong)(sbyte)value,
            MicroOpCode.Lh => (ulong)(short)value,
            MicroOpCode.Lw => (ulong)(int)value,
            _ => value,
        };
        return _leave != Leave.No || Continue();
    }

    /// <summary>A store that the fast path could not do; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool StoreSlow(Block* block, MicroOp* op, ulong address) => StoreFrom(block, op, address, _state->X[op->Rs2]);

    /// <summary>Loads what an instruction loads, and reports it; false when it faults.</summary>
    private bool TryLoadInto(Block* block, MicroOp* op, ulong address, out ulong value)
    {
        Synchronize(block, op);
        int size = AccessSize(op->PlainCode);
        if (!TryLoad(address, size, out value))
            return false;
        if (_singleStep)
            _events.MemoryAccessed(_state->Pc, address, value, (uint)size, MemoryAccessKind.Load);
        return true;
    }

    /// <summary>Stores what an instruction stores, and reports it; true when the block has to be left.</summary>
    private bool StoreFrom(Block* block, MicroOp* op, ulong address, ulong value)
    {
        Synchronize(block, op);
        int size = AccessSize(op->PlainCode);
        if (size < 8)
            value &= (1UL << (size * 8)) - 1;
        if (!TryStore(address, size, value))
            return true;
        if (_singleStep)
            _events.MemoryAccessed(_state->Pc, address, value, (uint)size, MemoryAccessKind.Store);
        return _leave != Leave.No || Continue();
    }

    private static int AccessSize(MicroOpCode code) => code switch
    {
        MicroOpCode.Lb or MicroOpCode.Lbu or MicroOpCode.Sb => 1,
        MicroOpCode.Lh or MicroOpCode.Lhu or MicroOpCode.Sh => 2,
        MicroOpCode.Lw or MicroOpCode.Lwu or MicroOpCode.Sw or MicroOpCode.Flw or MicroOpCode.Fsw => 4,
        _ => 8,
    };

    private bool Continue()
    {
        _state->NotRetired = 0;
        return false;
    }

    private bool TryLoad(ulong address, int size, out ulong value)
    {
        var entry = (TlbEntry*)(_state->LoadTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
        bool crosses = (address & 0xFFF) + (ulong)size > GuestMemory.FrameSize;
        if (!crosses && (address & PageMask) == entry->Tag)
        {
            value = HostWord.Read((byte*)(address + entry->Addend), size);
            return true;
        }

        if (crosses)
            return TryLoadBytes(address, size, out value);
        value = 0;
        if (!TryTranslateData(address, size, MemoryAccessKind.Load, out ulong physical, out bool uniform))
            return false;
        bool isWatched = IsWatched(address);
        if (isWatched)
            NoticeAccess(address, size, MemoryAccessKind.Load);
        if (!_memory.TryGetOffset(physical, (ulong)size, out ulong offset))
            return TryReadDevice(address, physical, size, out value);
        if (uniform && !isWatched)
            _tlb.Install(_dataContext, forStores: false, address, _memory.Host + (offset & PageMask));
        value = HostWord.Read(_memory.Host + offset, size);
        return true;
    }

    private bool TryLoadBytes(ulong address, int size, out ulong value)
    {
        value = 0;
        for (int index = 0; index < size; index++)
        {
            if (!TryLoad(address + (ulong)index, 1, out ulong part))
                return false;
            value |= part << (8 * index);
        }

        return true;
    }

    private bool TryStore(ulong address, int size, ulong value)
    {
        var entry = (TlbEntry*)(_state->StoreTlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
        bool crosses = (address & 0xFFF) + (ulong)size > GuestMemory.FrameSize;
        if (!crosses && (address & PageMask) == entry->Tag)
        {
            HostWord.Write((byte*)(address + entry->Addend), size, value);
            return true;
        }

        if (crosses)
            return TryStoreBytes(address, size, value);
        if (!TryTranslateData(address, size, MemoryAccessKind.Store, out ulong physical, out bool uniform))
            return false;
        bool isWatched = IsWatched(address);
        if (isWatched)
            NoticeAccess(address, size, MemoryAccessKind.Store);
        if (!_memory.TryGetOffset(physical, (ulong)size, out ulong offset))
            return TryWriteDevice(address, physical, size, value);
        if (offset >= _memory.RamSize)
            return AccessFault(address, MemoryAccessKind.Store);
        HostWord.Write(_memory.Host + offset, size, value);
        if (!_memory.AllowsFastStores(offset))
            NoticeStore(offset, (ulong)size);
        else if (uniform && !isWatched)
            _tlb.Install(_dataContext, forStores: true, address, _memory.Host + (offset & PageMask));
        return true;
    }

    private bool TryStoreBytes(ulong address, int size, ulong value)
    {
        // Both pages are checked first, so that a fault leaves memory as it was.
        ulong second = (address + (ulong)size - 1) & PageMask;
        if (!TryTranslateData(address, 1, MemoryAccessKind.Store, out _, out _)
            || !TryTranslateData(second, 1, MemoryAccessKind.Store, out _, out _))
        {
            return false;
        }

        for (int index = 0; index < size; index++)
        {
            if (!TryStore(address + (ulong)index, 1, (value >> (8 * index)) & 0xFF))
                return false;
        }

        return true;
    }

    private void NoticeStore(ulong offset, ulong size)
    {
        if (_blocks.Written(offset, size))
            LeaveBehind(BlockExitReason.CodeModified);
        CodeWritten?.Invoke(offset, size);
        if (offset >= _watchOffset + sizeof(ulong) || offset + size <= _watchOffset)
            return;
        ulong value = *(ulong*)(_memory.Host + _watchOffset);
        if ((value & 1) == 0)
            return;
        WatchedValue = value;
        LeaveBehind(BlockExitReason.Halt);
    }

    private bool TryReadDevice(ulong address, ulong physical, int size, out ulong value)
    {
        value = 0;
        IMmioDevice? device = _bus.Find(physical, size);
        if (device is null || (physical & (ulong)(size - 1)) != 0)
            return AccessFault(address, MemoryAccessKind.Load);
        if (_stops is not null && StopsBeforeDevice(physical, 0, size, MemoryAccessKind.Load))
            return false;
        value = DeviceGate is Lock gate ? ReadGuarded(gate, device, physical, size) : device.Read(physical - device.BaseAddress, size);
        if (size < 8)
            value &= (1UL << (size * 8)) - 1;
        _events.MmioAccessed(physical, value, (uint)size, MemoryAccessKind.Load);
        LeaveBehind(BlockExitReason.Fallthrough);
        return true;
    }

    private bool TryWriteDevice(ulong address, ulong physical, int size, ulong value)
    {
        IMmioDevice? device = _bus.Find(physical, size);
        if (device is null || (physical & (ulong)(size - 1)) != 0)
            return AccessFault(address, MemoryAccessKind.Store);
        if (_stops is not null && StopsBeforeDevice(physical, value, size, MemoryAccessKind.Store))
            return false;
        if (DeviceGate is Lock gate)
            WriteGuarded(gate, device, physical, value, size);
        else
            device.Write(physical - device.BaseAddress, value, size);
        _events.MmioAccessed(physical, value, (uint)size, MemoryAccessKind.Store);
        LeaveBehind(BlockExitReason.Fallthrough);
        return true;
    }

    // A device access may have changed an interrupt line or a deadline: the block ends behind the instruction.
    private void LeaveBehind(BlockExitReason reason)
    {
        _leave = Leave.Behind;
        _leaveReason = reason;
    }
}
