using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const int RegisterA0 = 10;
    private const int RegisterA7 = 17;
    private const ulong InterruptBit = 1UL << 63;

    private Leave _leave;
    private BlockExitReason _leaveReason;
    private int _pendingCause;
    private ulong _pendingValue;
    private MemoryAccessKind _pendingKind;

    private PrivilegeMode PreviousMode =>
        (PrivilegeMode)((_status & StatusBits.MachinePreviousMode) >> StatusBits.MachinePreviousModeShift);

    /// <summary>
    /// Traps taken in a row without an instruction retiring: a handler that faults on its first instruction never gets
    /// anywhere.
    /// </summary>
    public int TrapsWithoutProgress { get; private set; }

    /// <summary>Executes an instruction that always ends its block and needs the machine's attention.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ExecuteSystem(Block* block, MicroOp* op)
    {
        Synchronize(block, op);
        LeaveBehind(BlockExitReason.System);
        switch (op->PlainCode)
        {
            case MicroOpCode.Breakpoint when _breakpoints?.Contains(_state->Pc) == true && _state->Pc != SteppedOver:
                StopAtBreakpoint();
                break;
            case MicroOpCode.Breakpoint when _stops is not null:
                PassMark(op, Mode);
                break;
            case MicroOpCode.Ecall:
                SetPending(TrapCause.UserCall + (int)Mode, 0);
                break;
            case MicroOpCode.Ebreak:
                SetPending(TrapCause.Breakpoint, _state->Pc);
                break;
            case MicroOpCode.Mret when Mode == PrivilegeMode.Machine && _stops is not null && StopsBeforeReturn(PreviousMode, _mepc):
            case MicroOpCode.Sret when MayReturn && _stops is not null && StopsBeforeReturn(PreviousSupervisorMode, _sepc):
                break;
            case MicroOpCode.Mret when Mode == PrivilegeMode.Machine:
                ReturnFromMachineTrap();
                break;
            case MicroOpCode.Sret when MayReturn:
                ReturnFromSupervisorTrap();
                break;
            case MicroOpCode.SfenceVma when Mode == PrivilegeMode.Machine || AllowsSupervisor(StatusBits.TrapVirtualMemory):
                if (op->Rs1 == 0)
                    FlushTranslations();
                else
                    FlushTranslation(_state->X[op->Rs1]);
                break;
            case MicroOpCode.Wfi when Mode == PrivilegeMode.Machine || AllowsSupervisor(StatusBits.TimeoutWait):
                _leaveReason = BlockExitReason.WaitForInterrupt;
                IsWaiting = true;
                break;
            case MicroOpCode.FenceI:
                // The hart's own writes drop decoded code at once; what is left to do is to end the block.
                if (_sharing is not null)
                    _blocks.Synchronize();
                break;
            default:
                SetPending(TrapCause.IllegalInstruction, op->Raw);
                break;
        }
    }

    private bool MayReturn => Mode == PrivilegeMode.Machine || AllowsSupervisor(StatusBits.TrapSupervisorReturn);

    private PrivilegeMode PreviousSupervisorMode =>
        (_status & StatusBits.SupervisorPreviousMode) != 0 ? PrivilegeMode.Supervisor : PrivilegeMode.User;

    private bool AllowsSupervisor(ulong trapBit) =>
        Mode == PrivilegeMode.Supervisor && (_status & trapBit) == 0;

    private void SetPending(int cause, ulong value, MemoryAccessKind kind = MemoryAccessKind.Fetch)
    {
        _pendingCause = cause;
        _pendingValue = value;
        _pendingKind = kind;
        _leave = Leave.Fault;
    }

    private void RaiseException()
    {
        int cause = _pendingCause;
        PrivilegeMode from = Mode;
        bool delegated = from <= PrivilegeMode.Supervisor && ((_exceptionDelegation >> cause) & 1) != 0;
        PrivilegeMode to = delegated ? PrivilegeMode.Supervisor : PrivilegeMode.Machine;
        if (_stops is not null && StopsBeforeException(cause, from, to))
            return;
        Statistics.CountException(cause);
        switch (cause)
        {
            case TrapCause.InstructionPageFault or TrapCause.LoadPageFault or TrapCause.StorePageFault:
                PrivilegeMode accessMode = _pendingKind == MemoryAccessKind.Fetch ? from : DataMode;
                _events.PageFaulted(_pendingValue, _pendingKind, accessMode);
                break;
            case TrapCause.UserCall or TrapCause.SupervisorCall or TrapCause.MachineCall:
                _events.GuestCalled(_state->X[RegisterA7], _state->X[RegisterA0], from);
                break;
        }

        _events.ExceptionRaised((ulong)cause, _pendingValue, from, to);
        EnterTrap((ulong)cause, _pendingValue, to);
    }

    private void EnterTrap(ulong cause, ulong value, PrivilegeMode to)
    {
        Calls?.TrapTaken(this, cause, to);
        TrapsWithoutProgress = Retired == _lastTrapRetired ? TrapsWithoutProgress + 1 : 0;
        _lastTrapRetired = Retired;
        ulong vector;
        if (to == PrivilegeMode.Supervisor)
        {
            _scause = cause;
            _stval = value;
            _sepc = _state->Pc;
            vector = _stvec;
            ulong previous = (_status & StatusBits.SupervisorInterruptEnable) << 4;
            ulong mode = Mode == PrivilegeMode.Supervisor ? StatusBits.SupervisorPreviousMode : 0;
            _status &= ~(StatusBits.SupervisorInterruptEnable | StatusBits.SupervisorPreviousEnable | StatusBits.SupervisorPreviousMode);
            _status |= previous | mode;
        }
        else
        {
            _mcause = cause;
            _mtval = value;
            _mepc = _state->Pc;
            vector = _mtvec;
            ulong previous = (_status & StatusBits.MachineInterruptEnable) << 4;
            ulong mode = (ulong)Mode << StatusBits.MachinePreviousModeShift;
            _status &= ~(StatusBits.MachineInterruptEnable | StatusBits.MachinePreviousEnable | StatusBits.MachinePreviousMode);
            _status |= previous | mode;
        }

        bool vectored = (vector & 1) != 0 && (cause & InterruptBit) != 0;
        _state->Pc = (vector & ~3UL) + (vectored ? (cause & ~InterruptBit) * 4 : 0);
        Mode = to;
        SelectContext();
    }

    private void ReturnFromMachineTrap()
    {
        PrivilegeMode to = PreviousMode;
        ulong enable = (_status & StatusBits.MachinePreviousEnable) >> 4;
        _status &= ~(StatusBits.MachineInterruptEnable | StatusBits.MachinePreviousMode);
        _status |= enable | StatusBits.MachinePreviousEnable;
        ReturnTo(to, _mepc);
    }

    private void ReturnFromSupervisorTrap()
    {
        PrivilegeMode to = PreviousSupervisorMode;
        ulong enable = (_status & StatusBits.SupervisorPreviousEnable) >> 4;
        _status &= ~(StatusBits.SupervisorInterruptEnable | StatusBits.SupervisorPreviousMode);
        _status |= enable | StatusBits.SupervisorPreviousEnable;
        ReturnTo(to, _sepc);
    }

    private void ReturnTo(PrivilegeMode to, ulong pc)
    {
        if (to != PrivilegeMode.Machine)
            _status &= ~StatusBits.ModifyPrivilege;
        _events.InterruptReturned(pc, Mode, to);
        Calls?.TrapReturning(to);
        _reservation = NoReservation;
        Mode = to;
        _state->Pc = pc;
        _leave = Leave.Jumped;
        SelectContext();
    }
}
