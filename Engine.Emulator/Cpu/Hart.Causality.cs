using Engine.Events;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

/// <summary>
/// Stops before an event. Those of traps and devices are asked about where they begin, out of line; an instruction that may be one that
/// is waited for is marked when it is decoded, and ends its block: nothing is asked of the others.
/// </summary>
internal sealed unsafe partial class Hart
{
    private CausalStops? _stops;
    private ulong _passedMark = NoAddress;
    private ulong _passedMarkRetired;

    /// <summary>What is asked before events, or null.</summary>
    public CausalStops? Stops
    {
        get => _stops;
        set
        {
            _stops = value;
            DropBlocks();
        }
    }

    /// <summary>Whether a block must end before an instruction.</summary>
    private CausalStops? Marks => _stops is { MarksInstructions: true } stops ? stops : null;

    private ExecutionPoint Here => _events.NextPoint();

    /// <summary>Whether an exception is not to be taken: the instruction that causes it comes again.</summary>
    private bool StopsBeforeException(int cause, PrivilegeMode from, PrivilegeMode to)
    {
        CausalStops stops = _stops!;
        stops.NotRun(Retired, _state->Pc);
        stops.Begin(MomentKind.Exception, Retired, _state->Pc);
        ExecutionPoint at = Here;
        bool isFault = cause is TrapCause.InstructionPageFault or TrapCause.LoadPageFault or TrapCause.StorePageFault;
        PrivilegeMode accessMode = _pendingKind == MemoryAccessKind.Fetch ? from : DataMode;
        if (isFault && stops.StopsBefore(new PageFaulted(at, _pendingValue, _pendingKind, accessMode), at))
            return true;
        bool isCall = cause is TrapCause.UserCall or TrapCause.SupervisorCall or TrapCause.MachineCall;
        if (isCall && stops.StopsBefore(new GuestCalled(at, _state->X[RegisterA7], _state->X[RegisterA0], from), at))
            return true;
        return stops.StopsBefore(new ExceptionRaised(at, (ulong)cause, _pendingValue, from, to), at);
    }

    private bool StopsBeforeInterrupt(int cause, PrivilegeMode to)
    {
        _stops!.NotRun(Retired, _state->Pc);
        _stops.Begin(MomentKind.Interrupt, Retired, _state->Pc);
        ExecutionPoint at = Here;
        return _stops.StopsBefore(_events.InterruptAt(at, (uint)cause, Mode, to), at);
    }

    private bool StopsBeforeReturn(PrivilegeMode to, ulong pc)
    {
        _stops!.Begin(MomentKind.Return, Retired, _state->Pc);
        ExecutionPoint at = Here;
        return _stops.StopsBefore(new InterruptReturned(at, pc, Mode, to), at) && LeaveBefore();
    }

    private bool StopsBeforeDevice(ulong physical, ulong value, int size, MemoryAccessKind kind)
    {
        _stops!.Begin(MomentKind.Device, Retired, _state->Pc);
        ExecutionPoint at = Here;
        return _stops.StopsBefore(new MmioAccessed(at, physical, value, (uint)size, kind), at) && LeaveBefore();
    }

    /// <summary>An instruction that was marked comes next: stops before it, or leaves the block to run it by itself.</summary>
    private void PassMark(MicroOp* op, PrivilegeMode mode)
    {
        LeaveBefore();
        InstructionRetired instruction = InstructionTemplate.Of(_state->Pc, op->Raw, (uint)mode);
        if (!_stops!.StopsBefore(instruction, Here))
            (_passedMark, _passedMarkRetired) = (_state->Pc, Retired);
    }

    /// <summary>Whether the instruction at an address was marked, has been offered, and is to run now.</summary>
    private bool PassesMark(ulong pc) => pc == _passedMark && _passedMarkRetired == Retired;

    private bool LeaveBefore()
    {
        _leave = Leave.Before;
        _leaveReason = BlockExitReason.Budget;
        return true;
    }
}
