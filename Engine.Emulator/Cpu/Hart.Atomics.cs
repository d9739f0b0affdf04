using System.Runtime.CompilerServices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong NoReservation = ulong.MaxValue;
    private const uint LoadReserved = 2;
    private const uint StoreConditional = 3;

    // Offset in host memory of the reserved word.
    private ulong _reservation = NoReservation;

    /// <summary>Executes an instruction of the A extension; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ExecuteAtomic(Block* block, MicroOp* op)
    {
        Synchronize(block, op);
        uint function = op->Raw >> 27;
        int size = (op->Raw & 0x1000) != 0 ? 8 : 4;
        ulong address = _state->X[op->Rs1];
        MemoryAccessKind kind = function switch
        {
            LoadReserved => MemoryAccessKind.Load,
            StoreConditional => MemoryAccessKind.Store,
            _ => MemoryAccessKind.Atomic,
        };
        if ((address & (ulong)(size - 1)) != 0)
        {
            SetPending(kind == MemoryAccessKind.Load ? TrapCause.LoadMisaligned : TrapCause.StoreMisaligned, address, kind);
            return true;
        }

        if (!TryFindWord(address, size, kind, out ulong offset))
            return true;
        ulong operand = _state->X[op->Rs2];
        if (_sharing is not null)
            ExecuteShared(op, function, size, address, offset, operand);
        else if (kind == MemoryAccessKind.Atomic)
            ReadModifyWrite(op, function, size, address, offset, operand);
        else if (kind == MemoryAccessKind.Load)
            Reserve(op, size, address, offset);
        else
            StoreIfReserved(op, size, address, offset, operand);
        return _leave != Leave.No || Continue();
    }

    /// <summary>The host offset of an aligned word; devices and the boot ROM have no atomic operations.</summary>
    private bool TryFindWord(ulong address, int size, MemoryAccessKind kind, out ulong offset)
    {
        bool stores = kind != MemoryAccessKind.Load;
        byte* tlb = stores ? _state->StoreTlb : _state->LoadTlb;
        var entry = (TlbEntry*)(tlb + ((address >> DataTlb.IndexShift) & DataTlb.IndexMask));
        if ((address & PageMask) == entry->Tag)
        {
            offset = address + entry->Addend - (ulong)_memory.Host;
            return true;
        }

        offset = 0;
        if (!TryTranslateData(address, size, kind, out ulong physical, out bool uniform))
            return false;
        if (!_memory.TryGetOffset(physical, (ulong)size, out offset) || (stores && offset >= _memory.RamSize))
            return AccessFault(address, kind);
        bool isWatched = IsWatched(address);
        if (isWatched)
            NoticeAccess(address, size, kind);
        if (uniform && !isWatched && (!stores || _memory.AllowsFastStores(offset)))
            _tlb.Install(_dataContext, stores, address, _memory.Host + (offset & PageMask));
        return true;
    }

    private void Reserve(MicroOp* op, int size, ulong address, ulong offset)
    {
        ulong value = HostWord.Read(_memory.Host + offset, size);
        _reservation = offset;
        _state->X[op->Rd] = size == 4 ? (ulong)(int)value : value;
        TraceAtomic(address, value, size, MemoryAccessKind.Load);
    }

    private void StoreIfReserved(MicroOp* op, int size, ulong address, ulong offset, ulong value)
    {
        bool reserved = _reservation == offset;
        _reservation = NoReservation;
        _state->X[op->Rd] = reserved ? 0UL : 1UL;
        if (!reserved)
            return;
        WriteAtomic(offset, size, value);
        TraceAtomic(address, value, size, MemoryAccessKind.Store);
    }

    private void ReadModifyWrite(MicroOp* op, uint function, int size, ulong address, ulong offset, ulong operand)
    {
        ulong old = HostWord.Read(_memory.Host + offset, size);
        if (size == 4)
            old = (ulong)(int)old;
        ulong value = size == 4
            ? Combine(function, old, (ulong)(int)operand, (uint)old, (uint)operand)
            : Combine(function, old, operand, old, operand);
        WriteAtomic(offset, size, value);
        _state->X[op->Rd] = old;
        TraceAtomic(address, value, size, MemoryAccessKind.Atomic);
    }

    private static ulong Combine(uint function, ulong old, ulong operand, ulong oldUnsigned, ulong operandUnsigned) =>
        function switch
        {
            0 => old + operand,
            1 => operand,
            4 => old ^ operand,
            8 => old | operand,
            12 => old & operand,
            16 => (long)old < (long)operand ? old : operand,
            20 => (long)old > (long)operand ? old : operand,
            24 => oldUnsigned < operandUnsigned ? old : operand,
            _ => oldUnsigned > operandUnsigned ? old : operand,
        };

    private void WriteAtomic(ulong offset, int size, ulong value)
    {
        HostWord.Write(_memory.Host + offset, size, value);
        if (!_memory.AllowsFastStores(offset))
            NoticeStore(offset, (ulong)size);
    }

    private void TraceAtomic(ulong address, ulong value, int size, MemoryAccessKind kind)
    {
        if (_singleStep)
            _events.MemoryAccessed(_state->Pc, address, size == 4 ? (uint)value : value, (uint)size, kind);
    }
}
