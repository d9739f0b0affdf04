using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator;

public sealed partial class Machine
{
    // More traps than any nesting of modes explains, with no instruction retired between them.
    private const int MaxTrapsWithoutProgress = 1_000;

    private ulong _idleTicks;

    // Set when a WFI waits for what can never come.
    private bool _stuck;
    private volatile bool _deadlineChanged = true;

    // Retired-instruction count at which the next timer deadline is reached.
    private ulong _deadlineRetired = ulong.MaxValue;

    /// <inheritdoc/>
    public void DeadlineChanged() => _deadlineChanged = true;

    /// <summary>
    /// Runs until the guest ends the machine, the budget is used up, a stop is requested or nothing can ever happen again. Where the
    /// engine is stopped meanwhile, the events end and the run goes on. What the console's output throws ends the run; it can be run
    /// on, and the guest then does again what it was at.
    /// </summary>
    /// <param name="maxInstructions">Most instructions to retire; the machine stops exactly there and can be run on.</param>
    /// <returns>Why the run ended.</returns>
    /// <exception cref="InvalidOperationException">
    /// The machine is running already, on this thread or another; or a lane is full, has to wait, and the engine has not been started.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    public MachineRunResult Run(ulong maxInstructions = ulong.MaxValue)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        foreach (VirtualCpu cpu in _cpus)
            _starts[cpu.Hart.Number] = cpu.Hart.Retired;
        MachineRunResult result = RunAny(maxInstructions);
        Report(result, _starts);
        return result;
    }

    /// <summary>Runs as <see cref="Run"/> does, but reports no exit of the harts: a part of a run.</summary>
    /// <param name="maxInstructions">Most instructions to retire.</param>
    /// <param name="stepped">
    /// A hart of which one instruction is enough: the run ends behind it. The others have their turns as always. Not of harts on threads.
    /// </param>
    internal MachineRunResult RunPiece(ulong maxInstructions, int? stepped = null)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        if (stepped is not int hart || _cpus.Length == 1)
            return RunAny(stepped is null ? maxInstructions : Math.Min(maxInstructions, 1));
        (_stepped, _steppedEnd) = (hart, _cpus[hart].Hart.Retired + 1);
        try
        {
            return RunAny(maxInstructions);
        }
        finally
        {
            _stepped = -1;
        }
    }

    /// <summary>Reports the exits of the harts from a run in pieces; nothing of a machine that has been disposed meanwhile.</summary>
    /// <param name="result">How the run ended.</param>
    /// <param name="starts">What each hart had retired before it.</param>
    internal void ReportExit(MachineRunResult result, ulong[] starts)
    {
        if (!Memory.Gate.TryEnter(out UseGate.Use use))
            return;
        using (use)
            Report(result, starts);
    }

    private MachineRunResult RunAny(ulong maxInstructions) =>
        _cpus.Length > 1 ? RunHarts(maxInstructions) : RunHeld(maxInstructions);

    private void Report(MachineRunResult result, ulong[] starts)
    {
        foreach (VirtualCpu cpu in _cpus)
        {
            cpu.Events.ReleaseOwnership();
            cpu.Events.Exited(result.Reason, result.ExitCode, cpu.Hart.Retired - starts[cpu.Hart.Number]);
            cpu.Events.ReleaseOwnership();
        }
    }

    private MachineRunResult RunHeld(ulong maxInstructions)
    {
        _events.ReleaseOwnership();
        _stuck = false;
        Hit = null;
        _idle.Reset();
        _hart.Resume();
        ulong start = _hart.Retired;
        ulong end = maxInstructions > ulong.MaxValue - start ? ulong.MaxValue : start + maxInstructions;
        VCpuExitReason reason;
        int exitCode;
        _cpu.LookForBoundaries();
        while (!TryFindEnd(out reason, out exitCode))
        {
            if (_hart.Retired >= end)
            {
                reason = VCpuExitReason.InstructionBudget;
                break;
            }

            if (_hart.Retired >= _deadlineRetired || _deadlineChanged)
                UpdateTimers();
            _hart.TakeInterrupt();
            if (_hart.Stops is { Hit: not null })
                continue;
            if (_hart.IsWaiting)
                Idle();
            else
                RunSlice(end);
            _cpu.LookForBoundaries();
        }

        _cpu.Flush();
        _events.Stamp();
        _events.ReleaseOwnership();
        return new MachineRunResult(reason, exitCode, _hart.Retired - start);
    }

    private void RunSlice(ulong end)
    {
        ulong interval = (ulong)_options.PollInterval;
        ulong now = _hart.Retired;
        ulong nextPoll = now - (now % interval) + interval;
        ulong last = Math.Min(Math.Min(end, nextPoll), _cpu.BoundaryRetired);
        bool timerComesFirst = _deadlineRetired <= last;
        _hart.SliceEndReason = timerComesFirst ? BlockExitReason.Interrupt : BlockExitReason.Budget;
        _hart.SetSliceEnd(timerComesFirst ? _deadlineRetired : last);
        _cpu.RunSelected();
        if (_hart.Retired < nextPoll)
            return;
        _cpu.Flush();
        PollDevices();
        _cpu.Polled();
    }

    private bool PollDevices()
    {
        bool changed = false;
        foreach (IPolledDevice device in _polled)
            changed |= device.Poll();
        return changed;
    }

    private void UpdateTimers()
    {
        _deadlineChanged = false;
        ulong now = Ticks;
        foreach (ITimerDevice timer in _timers)
            timer.Update(now);
        _deadlineRetired = RetiredAt(NextDeadline());
        _deadlineChanged = false;
    }

    private ulong NextDeadline()
    {
        ulong now = Ticks;
        ulong next = ulong.MaxValue;
        foreach (VirtualCpu cpu in _cpus)
        {
            ulong deadline = cpu.Hart.SupervisorTimerDeadline;
            if (deadline > now && deadline < next)
                next = deadline;
        }

        foreach (ITimerDevice timer in _timers)
        {
            ulong deadline = timer.NextDeadline;
            if (deadline > now && deadline < next)
                next = deadline;
        }

        return next;
    }

    private ulong RetiredAt(ulong ticks)
    {
        ulong instructionsPerTick = (ulong)_options.InstructionsPerTick;
        ulong running = ticks - _idleTicks;
        return ticks == ulong.MaxValue || running > ulong.MaxValue / instructionsPerTick
            ? ulong.MaxValue
            : running * instructionsPerTick;
    }

    /// <summary>
    /// Lets a waiting hart go on: for an interrupt that is pending, at the next deadline, or for input. Waits no longer than a moment
    /// at once, so that a request to stop is seen.
    /// </summary>
    private void Idle()
    {
        if (_hart.HasWakeUp)
        {
            _hart.IsWaiting = false;
            return;
        }

        _cpu.Flush();
        ulong deadline = NextDeadline();
        ulong toDeadline = deadline == ulong.MaxValue ? ulong.MaxValue : deadline - Ticks;
        bool mayWake = _polled.Exists(static device => device.MayBecomeReady);
        if (PollDevices())
            EndIdle(Math.Min(_idle.Elapsed, toDeadline));
        else if (toDeadline == ulong.MaxValue && !mayWake)
            _stuck = true;
        else if (toDeadline != ulong.MaxValue && (_options.FollowsHostClock != true || _idle.Elapsed >= toDeadline))
            EndIdle(toDeadline);
        else
            _idle.Wait(toDeadline - _idle.Elapsed);
    }

    /// <summary>The machine's time goes on by what the guest was idle.</summary>
    private void EndIdle(ulong ticks)
    {
        _idle.End(ticks);
        _idleTicks += ticks;
        _hart.Wait(ticks * (ulong)_options.InstructionsPerTick);
        _deadlineChanged = true;
    }
}
