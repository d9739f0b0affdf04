using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Breakpoints are micro-ops that stand in decoded blocks instead of an instruction, and pages with watchpoints are kept out of the
/// TLBs: nothing of either is in the loop.
/// </summary>
internal sealed unsafe partial class Hart
{
    // Not the address of any instruction.
    private const ulong NoAddress = ulong.MaxValue;
    private const int DebugStopBit = 2;

    private IReadOnlySet<ulong>? _breakpoints;
    private Watchpoint[] _watchpoints = [];

    /// <summary>Why the hart has stopped for a debugger; to be cleared before it runs on.</summary>
    public DebugStop DebugStop { get; set; }

    /// <summary>The breakpoint that the next instruction is executed in spite of.</summary>
    public ulong SteppedOver { get; set; } = NoAddress;

    /// <summary>Whether a stop has been requested, and not by a debugger, that nobody has taken.</summary>
    public bool IsStopRequested => (Volatile.Read(ref _state->StopRequested) & StopBit) != 0;

    /// <summary>Makes the run end before the next block for a debugger; may be called from any thread.</summary>
    public void RequestDebugStop() => Interlocked.Or(ref _state->StopRequested, DebugStopBit);

    /// <summary>Whether the hart has stopped for a debugger, or was requested to.</summary>
    public bool IsStoppedForDebugger()
    {
        if (Volatile.Read(ref _state->StopRequested) != 0
            && (Interlocked.And(ref _state->StopRequested, ~DebugStopBit) & DebugStopBit) != 0
            && DebugStop.Kind == DebugStopKind.None)
        {
            DebugStop = new DebugStop(DebugStopKind.Requested, _state->Pc);
        }

        return DebugStop.Kind != DebugStopKind.None;
    }

    /// <summary>Replaces the breakpoints: virtual addresses of instructions.</summary>
    public void SetBreakpoints(IReadOnlySet<ulong> addresses)
    {
        if (addresses.SetEquals(_breakpoints ?? new HashSet<ulong>()))
            return;
        _breakpoints = addresses.Count == 0 ? null : new HashSet<ulong>(addresses);
        DropBlocks();
    }

    /// <summary>Replaces the watchpoints.</summary>
    public void SetWatchpoints(IReadOnlyList<Watchpoint> watchpoints)
    {
        _watchpoints = [.. watchpoints];
        FlushTranslations();
    }

    /// <summary>Reads a CSR as machine mode does, between two instructions.</summary>
    public ulong InspectCsr(int number)
    {
        if (number is >= CsrNumber.Fflags and <= CsrNumber.Fcsr)
        {
            TryReadFloatCsr(number, out ulong control);
            return control;
        }

        PrivilegeMode mode = Mode;
        Mode = PrivilegeMode.Machine;
        TryReadCsr(number, out ulong value);
        Mode = mode;
        return value;
    }

    /// <summary>The physical address that a load or store of now would go to, whatever it is permitted; changes nothing.</summary>
    public bool TryInspectTranslation(ulong address, out ulong physical)
    {
        physical = address;
        if (DataMode == PrivilegeMode.Machine || _satp == 0)
            return true;
        if ((ulong)((long)(address << 25) >> 25) != address)
            return false;
        ulong table = (_satp & SatpPageMask) << 12;
        for (int level = 2; level >= 0; level--)
        {
            ulong location = table + (((address >> (12 + (9 * level))) & 511) * PageTableEntry.Size);
            if (!_memory.TryGetOffset(location, PageTableEntry.Size, out ulong offset))
                return false;
            ulong entry = *(ulong*)(_memory.Host + offset);
            if (!PageTableEntry.IsValid(entry))
                return false;
            table = PageTableEntry.PhysicalPage(entry) << 12;
            if (!PageTableEntry.IsLeaf(entry))
                continue;
            physical = table | (address & (PageTableEntry.PageSize(level) - 1));
            return true;
        }

        return false;
    }

    /// <summary>Leaves the block before the instruction at a breakpoint.</summary>
    private void StopAtBreakpoint()
    {
        DebugStop = new DebugStop(DebugStopKind.Breakpoint, _state->Pc);
        _leave = Leave.Before;
        _leaveReason = BlockExitReason.Budget;
    }

    /// <summary>Whether a page has to stay out of the TLBs.</summary>
    private bool IsWatched(ulong address)
    {
        foreach (Watchpoint watchpoint in _watchpoints)
        {
            if (watchpoint.IsIn(address))
                return true;
        }

        return false;
    }

    /// <summary>Stops behind an access that is watched.</summary>
    private void NoticeAccess(ulong address, int size, MemoryAccessKind kind)
    {
        foreach (Watchpoint watchpoint in _watchpoints)
        {
            if (!watchpoint.Catches(address, (ulong)size, kind))
                continue;
            DebugStop = new DebugStop(watchpoint.Kind, Math.Max(address, watchpoint.Address));
            LeaveBehind(BlockExitReason.Budget);
            return;
        }
    }
}
