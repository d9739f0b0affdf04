using System.Numerics;
using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class Hart
{
    private const ulong WritablePending = TrapCause.SupervisorInterrupts;

    // Levels driven by devices, which may be on any thread, and bits written by software.
    private ulong _lines;
    private ulong _softwarePending;

    /// <summary>The deadline of the supervisor timer in ticks, or <see cref="ulong.MaxValue"/> when there is none.</summary>
    public ulong SupervisorTimerDeadline => SupervisorTimerEnabled ? _stimecmp : ulong.MaxValue;

    /// <summary>Whether an interrupt is pending and enabled by itself, which is what ends a WFI.</summary>
    public bool HasWakeUp => (Pending & _interruptEnable) != 0;

    private bool SupervisorTimerEnabled => (_environment & EnvironmentSupervisorTimer) != 0;

    private ulong Pending
    {
        get
        {
            ulong pending = Volatile.Read(ref _lines) | _softwarePending;
            if (!SupervisorTimerEnabled)
                return pending;
            pending &= ~(1UL << TrapCause.SupervisorTimer);
            return _clock.Ticks >= _stimecmp ? pending | (1UL << TrapCause.SupervisorTimer) : pending;
        }
    }

    /// <summary>Called after a line has gone up, on the thread that drives it.</summary>
    public Action? LineRaised { get; set; }

    /// <inheritdoc/>
    void IInterruptLines.SetLine(int cause, bool asserted)
    {
        ulong bit = 1UL << cause;
        ulong before = asserted ? Interlocked.Or(ref _lines, bit) : Interlocked.And(ref _lines, ~bit);
        if (asserted && (before & bit) == 0)
            LineRaised?.Invoke();
    }

    /// <summary>Takes the most urgent interrupt that is pending and enabled; true when there was one.</summary>
    public bool TakeInterrupt()
    {
        ulong pending = Pending & _interruptEnable;
        if (pending == 0)
            return false;
        IsWaiting = false;
        bool machineEnabled = Mode != PrivilegeMode.Machine || (_status & StatusBits.MachineInterruptEnable) != 0;
        bool supervisorEnabled = Mode == PrivilegeMode.User
            || (Mode == PrivilegeMode.Supervisor && (_status & StatusBits.SupervisorInterruptEnable) != 0);
        ulong forMachine = machineEnabled ? pending & ~_interruptDelegation : 0;
        ulong forSupervisor = supervisorEnabled ? pending & _interruptDelegation : 0;
        ulong candidates = forMachine != 0 ? forMachine : forSupervisor;
        if (candidates == 0)
            return false;
        int cause = MostUrgent(candidates);
        PrivilegeMode to = forMachine != 0 ? PrivilegeMode.Machine : PrivilegeMode.Supervisor;
        if (_stops is not null && StopsBeforeInterrupt(cause, to))
            return false;
        Statistics.CountInterrupt(cause);
        _events.InterruptRaised((uint)cause, Mode, to);
        EnterTrap(InterruptBit | (uint)cause, 0, to);
        return true;
    }

    private static int MostUrgent(ulong candidates)
    {
        ReadOnlySpan<int> order =
        [
            TrapCause.MachineExternal, TrapCause.MachineSoftware, TrapCause.MachineTimer,
            TrapCause.SupervisorExternal, TrapCause.SupervisorSoftware, TrapCause.SupervisorTimer,
        ];
        foreach (int cause in order)
        {
            if (((candidates >> cause) & 1) != 0)
                return cause;
        }

        return BitOperations.TrailingZeroCount(candidates);
    }
}
