using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>What is there for several harts, however they run.</summary>
public sealed partial class Machine
{
    // The hart that the calling thread runs, for what devices report meanwhile.
    [ThreadStatic]
    private static VirtualCpu? t_running;

    // What each hart had retired when the run began. One array, so that short runs allocate nothing.
    private readonly ulong[] _starts;
    private IInterruptController? _controller;

    internal bool RunsOnThreads => _options.Scheduling == HartScheduling.Threads && _options.HartCount > 1;

    private ulong TotalRetired
    {
        get
        {
            ulong total = 0;
            foreach (VirtualCpu cpu in _cpus)
                total += cpu.Hart.Retired;
            return total;
        }
    }

    private ulong TicksOfHarts => RunsOnThreads ? TicksOnThreads : TicksInTurn;

    void IDeviceObserver.IoCompleted(uint deviceId, DeviceIoKind kind, ulong offset, uint byteCount, uint status) =>
        (t_running ?? _cpu).Events.IoCompleted(deviceId, kind, offset, byteCount, status);

    private IMachineClock ClockOfHarts() => _options.HartCount == 1 ? this : new HartClock(this);

    /// <summary>Has harts notice what others do to memory and interrupt lines.</summary>
    private void ConnectHarts()
    {
        if (_cpus.Length == 1)
        {
            Memory.ExternallyWritten = _hart.OnExternalWrite;
            return;
        }

        Memory.ExternallyWritten = OnExternalWrite;
        foreach (VirtualCpu cpu in _cpus)
        {
            if (_sharing is not null)
            {
                cpu.Hart.LineRaised = cpu.Idle.Interrupt;
                cpu.Hart.CodeWritten = _sharing.CodeWritten;
                cpu.Hart.DeviceGate = _devices;
                continue;
            }

            cpu.Hart.FrameGotCode = FlushStoresTo;
            cpu.Hart.CodeWritten = (offset, size) => OnStoreToCode(cpu, offset, size);
        }
    }

    private void FlushStoresTo(ulong frame)
    {
        foreach (VirtualCpu cpu in _cpus)
            cpu.Hart.FlushStoresTo(frame);
    }

    private void OnStoreToCode(VirtualCpu from, ulong offset, ulong size)
    {
        foreach (VirtualCpu cpu in _cpus)
        {
            if (cpu != from)
                cpu.Hart.OnForeignStore(offset, size);
        }
    }

    // A device or the host has written: to all harts at once where no other runs, and otherwise for their next FENCE.I.
    private void OnExternalWrite(ulong offset, ulong size)
    {
        if (_areThreadsRunning)
        {
            _sharing!.Written(offset, size);
            return;
        }

        foreach (VirtualCpu cpu in _cpus)
            cpu.Hart.OnExternalWrite(offset, size);
    }

    private void ConnectController(IInterruptController? controller)
    {
        _controller = controller;
        IInterruptController? seen = controller is not null && RunsOnThreads ? new GuardedController(controller, _devices) : controller;
        foreach (VirtualCpu cpu in _cpus)
            cpu.Events.InterruptController = seen;
    }

    private void ConnectSource(int source, uint deviceId)
    {
        foreach (VirtualCpu cpu in _cpus)
            cpu.Events.Connect(source, deviceId);
    }

    private void WakeAll()
    {
        _idle.Interrupt();
        foreach (VirtualCpu cpu in _cpus)
            cpu.Idle.Interrupt();
    }

    /// <summary>Instructions retired, by hart.</summary>
    internal ulong[] RetiredByHart => [.. _cpus.Select(static cpu => cpu.Hart.Retired)];

    private MachineRunResult RunHarts(ulong maxInstructions)
    {
        _stuck = false;
        Hit = null;
        _idle.Reset();
        foreach (VirtualCpu cpu in _cpus)
        {
            cpu.Events.ReleaseOwnership();
            cpu.Hart.Resume();
        }

        ulong start = TotalRetired;
        ulong end = maxInstructions > ulong.MaxValue - start ? ulong.MaxValue : start + maxInstructions;
        (VCpuExitReason reason, int exitCode) = RunsOnThreads ? RunOnThreads(end) : RunInTurn(end);
        foreach (VirtualCpu cpu in _cpus)
        {
            cpu.Flush();
            cpu.Events.Stamp();
            cpu.Events.ReleaseOwnership();
        }

        t_running = null;
        return new MachineRunResult(reason, exitCode, TotalRetired - start);
    }

    /// <summary>
    /// Has one of several harts retire an instruction while the others stand still. One that waits for an interrupt does not.
    /// </summary>
    internal MachineRunResult StepHart(int number)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        VirtualCpu cpu = _cpus[number];
        t_running = cpu;
        cpu.Events.ReleaseOwnership();
        cpu.Hart.Resume();
        cpu.Hart.AcknowledgeCode();
        ulong start = cpu.Hart.Retired;
        VCpuExitReason reason;
        int exitCode;
        while (!TryFindEnd(out reason, out exitCode))
        {
            reason = VCpuExitReason.InstructionBudget;
            UpdateTimersOfHarts();
            cpu.Hart.TakeInterrupt();
            if (cpu.Hart.Stops is { Hit: not null })
                continue;
            cpu.Hart.IsWaiting &= !cpu.Hart.HasWakeUp;
            if (cpu.Hart.Retired != start || cpu.Hart.IsWaiting)
                break;
            cpu.LookForBoundaries();
            cpu.Hart.SliceEndReason = BlockExitReason.Budget;
            cpu.Hart.SetSliceEnd(start + 1);
            cpu.RunSelected();
            cpu.LookForBoundaries();
        }

        cpu.Flush();
        cpu.Events.ReleaseOwnership();
        t_running = null;
        return new MachineRunResult(reason, exitCode, cpu.Hart.Retired - start);
    }

    /// <summary>Whether the guest has ended the machine, a stop was requested, or a hart cannot get on.</summary>
    private bool TryFindEnd(out VCpuExitReason reason, out int exitCode)
    {
        exitCode = 0;
        reason = VCpuExitReason.GuestExit;
        foreach (VirtualCpu cpu in _cpus)
        {
            if (cpu.Hart.WatchedValue is not ulong value)
                continue;
            exitCode = (int)(value >> 1);
            return true;
        }

        foreach (IExitDevice device in _exits)
        {
            if (!device.ExitRequested)
                continue;
            exitCode = device.ExitCode;
            return true;
        }

        if (_hart.Stops is not null && TakeHit())
        {
            reason = VCpuExitReason.Breakpoint;
            return true;
        }

        reason = VCpuExitReason.Cancelled;
        if (_hart.TakeStopRequest() || IsStoppedForDebugger())
            return true;
        reason = VCpuExitReason.Stuck;
        return _stuck || Array.Exists(_cpus, static cpu => cpu.Hart.TrapsWithoutProgress > MaxTrapsWithoutProgress);
    }

    private bool IsStoppedForDebugger() => Array.Exists(_cpus, static cpu => cpu.Hart.IsStoppedForDebugger());

    private bool AllWait() => Array.TrueForAll(_cpus, static cpu => cpu.Hart.IsWaiting && !cpu.Hart.HasWakeUp);

    /// <summary>The time that harts see, without the gate that their run already holds.</summary>
    private sealed class HartClock(Machine machine) : IMachineClock
    {
        public ulong Ticks => machine.TicksOfHarts;

        public void DeadlineChanged() => machine.DeadlineChanged();
    }

    /// <summary>The interrupt controller for a hart that looks at it beside others' accesses.</summary>
    private sealed class GuardedController(IInterruptController controller, Lock gate) : IInterruptController
    {
        public void SetSource(int irq, bool level)
        {
            lock (gate)
                controller.SetSource(irq, level);
        }

        public int PendingSource(int interruptCause, int hart = 0)
        {
            lock (gate)
                return controller.PendingSource(interruptCause, hart);
        }
    }
}
