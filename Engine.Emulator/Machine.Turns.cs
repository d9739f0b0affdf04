using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>
/// Harts in turn. Each turn takes the same time: what a hart does not execute of it, it waits. Time is what all harts have done
/// together, divided by their number, so that it never goes back from one hart to the next.
/// </summary>
public sealed partial class Machine
{
    private int _turn;

    // The hart time at which the turns of this round end.
    private ulong _turnEnd;

    // Ticks that are not those of the harts' time: of a snapshot that harts on threads have left.
    private ulong _tickOffset;
    private ulong _deadlineTicks = ulong.MaxValue;

    // The hart of which one instruction is enough, and its count behind that.
    private int _stepped = -1;
    private ulong _steppedEnd;

    private ulong TicksInTurn => (CyclesOfAll / ((ulong)_cpus.Length * (ulong)_options.InstructionsPerTick)) + _tickOffset;

    private ulong CyclesOfAll
    {
        get
        {
            ulong cycles = 0;
            foreach (VirtualCpu cpu in _cpus)
                cycles += cpu.Hart.Cycles;
            return cycles;
        }
    }

    private (VCpuExitReason Reason, int ExitCode) RunInTurn(ulong end)
    {
        foreach (VirtualCpu each in _cpus)
            each.LookForBoundaries();
        while (true)
        {
            if (TryFindEnd(out VCpuExitReason reason, out int exitCode))
                return (reason, exitCode);
            ulong total = TotalRetired;
            if (total >= end || (_stepped >= 0 && _cpus[_stepped].Hart.Retired >= _steppedEnd))
                return (VCpuExitReason.InstructionBudget, 0);
            VirtualCpu cpu = _cpus[_turn];
            t_running = cpu;
            cpu.LookForBoundaries();
            if (_deadlineChanged || TicksInTurn >= _deadlineTicks)
                UpdateTimersOfHarts();
            cpu.Hart.TakeInterrupt();
            if (cpu.Hart.Stops is { Hit: not null })
                continue;
            if (cpu.Hart.Cycles >= _turnEnd)
                EndTurn(cpu);
            else if (!cpu.Hart.IsWaiting)
                RunTurnSlice(cpu, end - total);
            else if (cpu.Hart.HasWakeUp)
                cpu.Hart.IsWaiting = false;
            else if (AllWait())
                IdleInTurn();
            else
                cpu.Hart.Wait(_turnEnd - cpu.Hart.Cycles);
        }
    }

    private void RunTurnSlice(VirtualCpu cpu, ulong budget)
    {
        ulong length = Math.Min(Math.Min(_turnEnd - cpu.Hart.Cycles, budget), cpu.BoundaryRetired - cpu.Hart.Retired);
        if (cpu.Hart.Number == _stepped)
            length = Math.Min(length, _steppedEnd - cpu.Hart.Retired);
        ulong toDeadline = CyclesTo(_deadlineTicks);
        cpu.Hart.SliceEndReason = toDeadline <= length ? BlockExitReason.Interrupt : BlockExitReason.Budget;
        cpu.Hart.SetSliceEnd(cpu.Hart.Retired + Math.Min(length, toDeadline));
        cpu.RunSelected();
        cpu.LookForBoundaries();
    }

    /// <summary>Hart time that has to pass, of any harts, until a time; at least 1.</summary>
    private ulong CyclesTo(ulong ticks)
    {
        ulong cyclesPerTick = (ulong)_cpus.Length * (ulong)_options.InstructionsPerTick;
        if (ticks == ulong.MaxValue || ticks < _tickOffset || ticks - _tickOffset > ulong.MaxValue / cyclesPerTick)
            return ulong.MaxValue;
        ulong target = (ticks - _tickOffset) * cyclesPerTick;
        ulong now = CyclesOfAll;
        return target > now ? target - now : 1;
    }

    private void EndTurn(VirtualCpu cpu)
    {
        cpu.Flush();
        cpu.Polled();
        // Harts that come next may store to the reserved word.
        cpu.Hart.DropReservation();
        _turn = (_turn + 1) % _cpus.Length;
        if (_turn != 0)
            return;
        ulong interval = (ulong)_options.PollInterval;
        ulong next = _turnEnd + (ulong)_options.TurnInstructions;
        bool polls = _turnEnd / interval != next / interval;
        _turnEnd = next;
        if (polls)
            PollDevices();
    }

    private void UpdateTimersOfHarts()
    {
        _deadlineChanged = false;
        ulong now = TicksOfHarts;
        foreach (Devices.ITimerDevice timer in _timers)
            timer.Update(now);
        _deadlineTicks = NextDeadline();
        _deadlineChanged = false;
    }

    /// <summary>All harts wait: as <see cref="Idle"/> for one.</summary>
    private void IdleInTurn()
    {
        foreach (VirtualCpu cpu in _cpus)
            cpu.Flush();
        ulong deadline = NextDeadline();
        ulong toDeadline = deadline == ulong.MaxValue ? ulong.MaxValue : deadline - TicksInTurn;
        bool mayWake = _polled.Exists(static device => device.MayBecomeReady);
        if (PollDevices())
            EndIdleInTurn(Math.Min(_idle.Elapsed, toDeadline));
        else if (toDeadline == ulong.MaxValue && !mayWake)
            _stuck = true;
        else if (toDeadline != ulong.MaxValue && (_options.FollowsHostClock != true || _idle.Elapsed >= toDeadline))
            EndIdleInTurn(toDeadline);
        else
            _idle.Wait(toDeadline - _idle.Elapsed);
    }

    private void EndIdleInTurn(ulong ticks)
    {
        _idle.End(ticks);
        ulong cycles = ticks * (ulong)_options.InstructionsPerTick;
        _turnEnd += cycles;
        foreach (VirtualCpu cpu in _cpus)
            cpu.Hart.Wait(cycles);
        _deadlineChanged = true;
    }

    private void SaveTurn(BinaryWriter writer)
    {
        writer.Write(_turn);
        writer.Write(_turnEnd);
        writer.Write(_cpus.Length == 1 ? 0 : TicksOfHarts);
    }

    /// <summary>Returns the time, which is to be set when the harts have theirs.</summary>
    private ulong RestoreTurn(BinaryReader reader)
    {
        _turn = reader.ReadInt32() % _cpus.Length;
        _turnEnd = reader.ReadUInt64();
        return reader.ReadUInt64();
    }

    private void SetTicksOfHarts(ulong ticks)
    {
        if (_cpus.Length == 1)
            return;

        _hostTicks = ticks;
        _furthest = 0;
        foreach (VirtualCpu cpu in _cpus)
            _furthest = Math.Max(_furthest, cpu.Hart.Cycles);
        if (RunsOnThreads)
            return;

        // Harts on threads, whose snapshot this may be, may be further apart than a turn is long.
        _turnEnd = Math.Max(_turnEnd, _furthest);
        foreach (VirtualCpu cpu in _cpus)
        {
            if (_turnEnd - cpu.Hart.Cycles > (ulong)_options.TurnInstructions)
                cpu.Hart.Waited += _turnEnd - cpu.Hart.Cycles;
        }

        _tickOffset = 0;
        _tickOffset = ticks - TicksInTurn;
    }
}
