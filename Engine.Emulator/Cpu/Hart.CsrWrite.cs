using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong InhibitCycle = 1;
    private const ulong InhibitInstret = 4;

    private bool TryWriteCsr(int number, ulong value)
    {
        switch (number)
        {
            case CsrNumber.Sstatus:
                WriteStatus(value, StatusBits.SupervisorWritable);
                return true;
            case CsrNumber.Mstatus:
                WriteStatus(value, StatusBits.MachineWritable);
                return true;
            case CsrNumber.Satp:
                WriteSatp(value);
                return true;
            case CsrNumber.Stimecmp:
                _stimecmp = value;
                _clock.DeadlineChanged();
                break;
            case CsrNumber.Sie:
                _interruptEnable = (_interruptEnable & ~_interruptDelegation) | (value & _interruptDelegation);
                break;
            case CsrNumber.Sip:
                ulong writable = (1UL << TrapCause.SupervisorSoftware) & _interruptDelegation;
                _softwarePending = (_softwarePending & ~writable) | (value & writable);
                break;
            case CsrNumber.Mie:
                _interruptEnable = value & TrapCause.AllInterrupts;
                break;
            case CsrNumber.Mip:
                _softwarePending = value & WritablePending;
                break;
            case CsrNumber.Mideleg:
                _interruptDelegation = value & TrapCause.SupervisorInterrupts;
                break;
            case CsrNumber.Menvcfg:
                _environment = value & (EnvironmentSupervisorTimer | FenceOfIo);
                _clock.DeadlineChanged();
                break;
            case >= CsrNumber.Pmpcfg0 and <= CsrNumber.Pmpcfg15:
                _protection.WriteConfiguration(number - CsrNumber.Pmpcfg0, value);
                ProtectionChanged();
                break;
            case >= CsrNumber.Pmpaddr0 and <= CsrNumber.Pmpaddr63:
                _protection.WriteAddress(number - CsrNumber.Pmpaddr0, value);
                ProtectionChanged();
                break;
            default:
                return TryWritePlainCsr(number, value);
        }

        LeaveBehind(BlockExitReason.System);
        return true;
    }

    // Registers whose new value changes nothing for the instructions behind.
    private bool TryWritePlainCsr(int number, ulong value)
    {
        switch (number)
        {
            case >= CsrNumber.Fflags and <= CsrNumber.Fcsr:
                return TryWriteFloatCsr(number, value);
            case CsrNumber.Stvec:
                _stvec = value & ~2UL;
                break;
            case CsrNumber.Scounteren:
                _supervisorCounters = value & CounterMask;
                break;
            case CsrNumber.Senvcfg:
                _supervisorEnvironment = value & FenceOfIo;
                break;
            case CsrNumber.Sscratch:
                _sscratch = value;
                break;
            case CsrNumber.Sepc:
                _sepc = value & ~1UL;
                break;
            case CsrNumber.Scause:
                _scause = value;
                break;
            case CsrNumber.Stval:
                _stval = value;
                break;
            case CsrNumber.Mtvec:
                _mtvec = value & ~2UL;
                break;
            case CsrNumber.Mcounteren:
                _machineCounters = value & CounterMask;
                break;
            case CsrNumber.Medeleg:
                _exceptionDelegation = value & TrapCause.DelegableExceptions;
                break;
            case CsrNumber.Mscratch:
                _mscratch = value;
                break;
            case CsrNumber.Mepc:
                _mepc = value & ~1UL;
                break;
            case CsrNumber.Mcause:
                _mcause = value;
                break;
            case CsrNumber.Mtval:
                _mtval = value;
                break;
            default:
                return TryWriteCounterCsr(number, value);
        }

        return true;
    }

    private bool TryWriteCounterCsr(int number, ulong value)
    {
        // The write takes effect when its own instruction has retired.
        ulong retired = Retired + 1;
        switch (number)
        {
            case CsrNumber.Mcycle:
                _cycles.Write(value, retired);
                return true;
            case CsrNumber.Minstret:
                _instructions.Write(value, retired);
                return true;
            case CsrNumber.Mcountinhibit:
                _inhibitedCounters = value & (InhibitCycle | InhibitInstret);
                _cycles.Inhibit((value & InhibitCycle) != 0, retired);
                _instructions.Inhibit((value & InhibitInstret) != 0, retired);
                return true;
            case CsrNumber.Misa:
            case >= CsrNumber.Mhpmcounter3 and <= CsrNumber.Mhpmcounter31:
            case >= CsrNumber.Mhpmevent3 and <= CsrNumber.Mhpmevent31:
            case >= CsrNumber.Tselect and <= CsrNumber.Tdata3:
                return true;
            default:
                return false;
        }
    }

    private void WriteStatus(ulong value, ulong writable)
    {
        // Hypervisor mode does not exist, so MPP keeps its value when 2 is written.
        if ((value & StatusBits.MachinePreviousMode) >> StatusBits.MachinePreviousModeShift == (ulong)PrivilegeMode.Hypervisor)
            writable &= ~StatusBits.MachinePreviousMode;
        _status = (_status & ~writable) | (value & writable);
        bool isDirty = (_status & StatusBits.FloatState) == StatusBits.FloatState;
        _status = isDirty ? _status | StatusBits.StateDirty : _status & ~StatusBits.StateDirty;
        SelectContext();
        LeaveBehind(BlockExitReason.System);
    }

    private void WriteSatp(ulong value)
    {
        LeaveBehind(BlockExitReason.System);
        ulong mode = value & (15UL << 60);
        if (mode is not (0 or SatpSv39))
            return;
        _satp = mode == 0 ? 0 : mode | (value & SatpPageMask);
        FlushTranslations();
    }
}
