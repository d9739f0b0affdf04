using Engine.Emulator.Devices;
using Engine.Events.Vm;

namespace Engine.Emulator;

public sealed partial class Machine
{
    // More traps than any nesting of modes explains, with no instruction retired between them.
    private const int MaxTrapsWithoutProgress = 1_000;
    private static readonly TimeSpan InputWait = TimeSpan.FromMilliseconds(1);

    // The machine's ticks are as long as those of TimeSpan: 100 ns.
    private const ulong SleepQuantumTicks = 2 * TimeSpan.TicksPerMillisecond;
    private const ulong LongestSleepTicks = 20 * TimeSpan.TicksPerMillisecond;

    private ulong _idleTicks;

    // Idle time skipped that a machine somebody may type at has not yet slept.
    private ulong _unsleptTicks;

    // Set when a WFI waits for what can never come.
    private bool _stuck;
    private bool _deadlineChanged = true;

    // Retired-instruction count at which the next timer deadline is reached.
    private ulong _deadlineRetired = ulong.MaxValue;

    /// <inheritdoc/>
    public void DeadlineChanged() => _deadlineChanged = true;

    /// <summary>
    /// Runs until the guest ends the machine, the budget is used up, a stop is requested or nothing can ever happen again.
    /// </summary>
    /// <param name="maxInstructions">Most instructions to retire; the machine stops exactly there and can be run on.</param>
    /// <returns>Why the run ended.</returns>
    public MachineRunResult Run(ulong maxInstructions = ulong.MaxValue)
    {
        _events.ReleaseOwnership();
        _stuck = false;
        ulong start = _hart.Retired;
        ulong end = maxInstructions > ulong.MaxValue - start ? ulong.MaxValue : start + maxInstructions;
        VCpuExitReason reason;
        int exitCode;
        while (!TryFindExit(end, out reason, out exitCode))
        {
            if (_hart.Retired >= _deadlineRetired || _deadlineChanged)
                UpdateTimers();
            _hart.TakeInterrupt();
            if (_hart.IsWaiting)
                Idle();
            else
                RunSlice(end);
        }

        _recorder.Flush();
        _events.Exited(reason, exitCode, _hart.Retired - start);
        _events.ReleaseOwnership();
        return new MachineRunResult(reason, exitCode, _hart.Retired - start);
    }

    private bool TryFindExit(ulong end, out VCpuExitReason reason, out int exitCode)
    {
        exitCode = 0;
        reason = VCpuExitReason.GuestExit;
        if (_hart.WatchedValue is ulong value)
        {
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

        if (_hart.TakeStopRequest())
        {
            reason = VCpuExitReason.Cancelled;
            return true;
        }

        if (_stuck || _hart.TrapsWithoutProgress > MaxTrapsWithoutProgress)
        {
            reason = VCpuExitReason.Stuck;
            return true;
        }

        reason = VCpuExitReason.InstructionBudget;
        return _hart.Retired >= end;
    }

    private void RunSlice(ulong end)
    {
        ulong interval = (ulong)_options.PollInterval;
        ulong now = _hart.Retired;
        ulong nextPoll = now - (now % interval) + interval;
        bool timerComesFirst = _deadlineRetired <= Math.Min(end, nextPoll);
        _hart.SliceEndReason = timerComesFirst ? BlockExitReason.Interrupt : BlockExitReason.Budget;
        _hart.SetSliceEnd(timerComesFirst ? _deadlineRetired : Math.Min(end, nextPoll));
        RunSelected();
        if (_hart.Retired < nextPoll)
            return;
        _recorder.Flush();
        PollDevices();
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
        ulong next = _hart.SupervisorTimerDeadline;
        if (next <= now)
            next = ulong.MaxValue;
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
    /// Lets a waiting hart go on: for an interrupt that is pending, by skipping to the next deadline, or by waiting for
    /// input.
    /// </summary>
    private void Idle()
    {
        if (_hart.HasWakeUp)
        {
            _hart.IsWaiting = false;
            return;
        }

        _recorder.Flush();
        if (PollDevices())
            return;
        ulong deadline = NextDeadline();
        bool mayWake = _polled.Exists(static device => device.MayBecomeReady);
        if (deadline != ulong.MaxValue)
        {
            ulong skipped = deadline - Ticks;
            _idleTicks += skipped;
            _deadlineChanged = true;
            if (mayWake)
                SleepInstead(skipped);
        }
        else if (mayWake)
        {
            Thread.Sleep(InputWait);
        }
        else
        {
            _stuck = true;
        }
    }

    /// <summary>
    /// Lets real time pass while the guest is idle and input may come, so that a guest at its prompt does not use the
    /// host's processor. The machine's own time does not depend on it.
    /// </summary>
    private void SleepInstead(ulong skippedTicks)
    {
        _unsleptTicks += skippedTicks;
        if (_unsleptTicks < SleepQuantumTicks)
            return;
        Thread.Sleep(TimeSpan.FromTicks((long)Math.Min(_unsleptTicks, LongestSleepTicks)));
        _unsleptTicks = 0;
    }
}
