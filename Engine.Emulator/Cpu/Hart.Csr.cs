using System.Runtime.CompilerServices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong Misa = (2UL << 62) | (1 << 0) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 8) | (1 << 12) | (1 << 18) | (1 << 20);
    private const ulong EnvironmentSupervisorTimer = 1UL << 63;
    private const ulong FenceOfIo = 1;
    private const ulong CounterMask = 0xFFFF_FFFF;

    private ulong _status = StatusBits.WidthFields;
    private ulong _exceptionDelegation;
    private ulong _interruptDelegation;
    private ulong _interruptEnable;
    private ulong _environment;
    private ulong _supervisorEnvironment;
    private ulong _machineCounters;
    private ulong _supervisorCounters;
    private ulong _inhibitedCounters;
    private ulong _mtvec;
    private ulong _mscratch;
    private ulong _mepc;
    private ulong _mcause;
    private ulong _mtval;
    private ulong _stvec;
    private ulong _sscratch;
    private ulong _sepc;
    private ulong _scause;
    private ulong _stval;
    private ulong _stimecmp = ulong.MaxValue;
    private HartCounter _cycles;
    private HartCounter _instructions;
    private ulong _lastTrapRetired = ulong.MaxValue;

    /// <summary>Executes a CSR instruction; true when the block has to be left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ExecuteCsr(Block* block, MicroOp* op)
    {
        Synchronize(block, op);
        int number = (int)(op->Raw >> 20);
        uint function = (op->Raw >> 12) & 7;
        uint source = (op->Raw >> 15) & 31;
        ulong operand = (function & 4) != 0 ? source : _state->X[source];
        bool writes = (function & 3) == 1 || source != 0;
        bool allowed = ((number >> 8) & 3) <= (int)Mode && (!writes || (number >> 10) != 3);
        if (!allowed || !TryReadCsr(number, out ulong value))
        {
            SetPending(TrapCause.IllegalInstruction, op->Raw);
            return true;
        }

        if (writes)
        {
            // Setting a bit of mip must not turn a device's level into a software-written bit.
            ulong basis = number == CsrNumber.Mip ? _softwarePending : value;
            ulong written = (function & 3) switch
            {
                1 => operand,
                2 => basis | operand,
                _ => basis & ~operand,
            };
            if (!TryWriteCsr(number, written))
            {
                SetPending(TrapCause.IllegalInstruction, op->Raw);
                return true;
            }
        }

        _state->X[op->Rd] = value;
        return _leave != Leave.No || Continue();
    }

    private bool TryReadCsr(int number, out ulong value)
    {
        value = 0;
        switch (number)
        {
            case >= CsrNumber.Fflags and <= CsrNumber.Fcsr:
                return TryReadFloatCsr(number, out value);
            case CsrNumber.Satp:
                value = _satp;
                return Mode == PrivilegeMode.Machine || (_status & StatusBits.TrapVirtualMemory) == 0;
            case CsrNumber.Stimecmp:
                value = _stimecmp;
                return AllowsSupervisorTimer();
            case >= CsrNumber.Cycle and <= CsrNumber.Hpmcounter31:
                value = ReadCounter(number - CsrNumber.Cycle);
                return AllowsCounter(number - CsrNumber.Cycle);
            case CsrNumber.Mcycle or CsrNumber.Minstret:
                value = ReadCounter(number - CsrNumber.Mcycle);
                return true;
            case CsrNumber.Mhartid:
                value = (ulong)Number;
                return true;
            case >= CsrNumber.Mhpmcounter3 and <= CsrNumber.Mhpmcounter31:
            case >= CsrNumber.Mhpmevent3 and <= CsrNumber.Mhpmevent31:
            case >= CsrNumber.Tselect and <= CsrNumber.Tdata3:
            case >= CsrNumber.Mvendorid and <= CsrNumber.Mconfigptr:
                return true;
            case >= CsrNumber.Pmpcfg0 and <= CsrNumber.Pmpcfg15:
                value = _protection.ReadConfiguration(number - CsrNumber.Pmpcfg0);
                return (number & 1) == 0;
            case >= CsrNumber.Pmpaddr0 and <= CsrNumber.Pmpaddr63:
                value = _protection.ReadAddress(number - CsrNumber.Pmpaddr0);
                return true;
            default:
                return TryReadMachineCsr(number, out value) || TryReadSupervisorCsr(number, out value);
        }
    }

    private bool TryReadMachineCsr(int number, out ulong value)
    {
        ulong? read = number switch
        {
            CsrNumber.Mstatus => _status,
            CsrNumber.Misa => Misa,
            CsrNumber.Medeleg => _exceptionDelegation,
            CsrNumber.Mideleg => _interruptDelegation,
            CsrNumber.Mie => _interruptEnable,
            CsrNumber.Mip => Pending,
            CsrNumber.Mtvec => _mtvec,
            CsrNumber.Mcounteren => _machineCounters,
            CsrNumber.Mcountinhibit => _inhibitedCounters,
            CsrNumber.Menvcfg => _environment,
            CsrNumber.Mscratch => _mscratch,
            CsrNumber.Mepc => _mepc,
            CsrNumber.Mcause => _mcause,
            CsrNumber.Mtval => _mtval,
            _ => null,
        };
        value = read.GetValueOrDefault();
        return read.HasValue;
    }

    private bool TryReadSupervisorCsr(int number, out ulong value)
    {
        ulong? read = number switch
        {
            CsrNumber.Sstatus => (_status & (StatusBits.SupervisorWritable | StatusBits.StateDirty)) | StatusBits.UserWidth,
            CsrNumber.Sie => _interruptEnable & _interruptDelegation,
            CsrNumber.Sip => Pending & _interruptDelegation,
            CsrNumber.Stvec => _stvec,
            CsrNumber.Scounteren => _supervisorCounters,
            CsrNumber.Senvcfg => _supervisorEnvironment,
            CsrNumber.Sscratch => _sscratch,
            CsrNumber.Sepc => _sepc,
            CsrNumber.Scause => _scause,
            CsrNumber.Stval => _stval,
            _ => null,
        };
        value = read.GetValueOrDefault();
        return read.HasValue;
    }

    private ulong ReadCounter(int counter) => counter switch
    {
        0 => _cycles.Read(Retired),
        1 => _clock.Ticks,
        2 => _instructions.Read(Retired),
        _ => 0,
    };

    private bool AllowsCounter(int counter)
    {
        ulong bit = 1UL << counter;
        return Mode switch
        {
            PrivilegeMode.Machine => true,
            PrivilegeMode.Supervisor => (_machineCounters & bit) != 0,
            _ => (_machineCounters & _supervisorCounters & bit) != 0,
        };
    }

    private bool AllowsSupervisorTimer()
    {
        const ulong TimeBit = 2;
        return Mode == PrivilegeMode.Machine || (SupervisorTimerEnabled && (_machineCounters & TimeBit) != 0);
    }
}
