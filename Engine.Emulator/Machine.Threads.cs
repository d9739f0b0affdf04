using System.Runtime.ExceptionServices;
using Engine.Emulator.Devices;
using Engine.Emulator.Memory;
using Engine.Events.Vm;

namespace Engine.Emulator;

/// <summary>
/// Harts at the same time, each on a thread of its own; hart 0 on the one that calls <see cref="Run"/>. A hart looks around between
/// slices that are short, so that an interrupt from another one comes soon. Devices are used by one hart at a time. Time is that of
/// the host while the machine runs; where idle time is skipped, the last hart that parks moves it to the next deadline.
/// </summary>
public sealed partial class Machine
{
    private const ulong SliceInstructions = 8_192;
    private const ulong YieldInstructions = 16 * SliceInstructions;
    private static readonly TimeSpan CatchUpInterval = TimeSpan.FromMilliseconds(1);

    private readonly Lock _devices = new();
    private volatile bool _areThreadsRunning;
    private volatile HartsEnd? _end;
    private int _parked;
    private int _running;

    // What is left of the budget, and not given out for a slice.
    private ulong _budget;

    // The machine's time when the run began, and what was skipped since; the host's time then.
    private ulong _hostTicks;
    private long _hostStart;

    // The hart time of the one that is furthest, as far as it has told.
    private ulong _furthest;

    private ulong TicksOnThreads => _areThreadsRunning
        ? Volatile.Read(ref _hostTicks) + (ulong)_options.TimeProvider.GetElapsedTime(_hostStart).Ticks
        : _hostTicks;

    private (VCpuExitReason Reason, int ExitCode) RunOnThreads(ulong end)
    {
        while (true)
        {
            ulong total = TotalRetired;
            if (TryFindEnd(out VCpuExitReason reason, out int exitCode))
                return (reason, exitCode);
            if (total >= end)
                return (VCpuExitReason.InstructionBudget, 0);
            _budget = end - total;
            HartsEnd ended = RunAllHarts();
            ended.Error?.Throw();
            // Where only the budget is used up, some of it may have been given back; what a hart has stopped before is taken above.
            if (ended.Reason is not (VCpuExitReason.InstructionBudget or VCpuExitReason.Breakpoint))
                return (ended.Reason, ended.ExitCode);
        }
    }

    private HartsEnd RunAllHarts()
    {
        (_end, _parked, _running) = (null, 0, _cpus.Length);
        _hostStart = _options.TimeProvider.GetTimestamp();
        _areThreadsRunning = true;
        _deadlineChanged = true;
        var threads = new Thread[_cpus.Length - 1];
        for (int index = 0; index < threads.Length; index++)
        {
            VirtualCpu cpu = _cpus[index + 1];
            threads[index] = new Thread(() => RunHart(cpu)) { Name = $"vcpu{index + 1}", IsBackground = true };
            threads[index].Start();
        }

        RunHart(_cpu);
        foreach (Thread thread in threads)
            thread.Join();
        ulong ticks = TicksOnThreads;
        _areThreadsRunning = false;
        _hostTicks = ticks;
        return _end!;
    }

    private void RunHart(VirtualCpu cpu)
    {
        Memory.Gate.Join();
        t_running = cpu;
        try
        {
            while (!HasEnded(cpu))
                RunHartOn(cpu);
        }
        catch (Exception exception)
        {
            End(new HartsEnd(VCpuExitReason.Cancelled, 0, ExceptionDispatchInfo.Capture(exception)));
        }

        WaitForOthers(cpu);
        t_running = null;
        UseGate.Leave();
    }

    private void RunHartOn(VirtualCpu cpu)
    {
        cpu.Hart.AcknowledgeCode();
        cpu.LookForBoundaries();
        if (_deadlineChanged || TicksOnThreads >= Volatile.Read(ref _deadlineTicks))
            UpdateTimersOnThreads();
        cpu.Hart.TakeInterrupt();
        if (cpu.Hart.Stops is { HasStopped: true })
            return;
        if (!cpu.Hart.IsWaiting)
            RunThreadSlice(cpu);
        else if (cpu.Hart.HasWakeUp)
            cpu.Hart.IsWaiting = false;
        else
            Park(cpu);
    }

    private void RunThreadSlice(VirtualCpu cpu)
    {
        ulong length = TakeBudget();
        if (length == 0)
        {
            End(new HartsEnd(VCpuExitReason.InstructionBudget, 0, null));
            return;
        }

        ulong before = cpu.Hart.Retired;
        cpu.Hart.SliceEndReason = BlockExitReason.Budget;
        ulong slice = Math.Min(length, cpu.BoundaryRetired - before);
        cpu.Hart.SetSliceEnd(before + slice);

        // Before the slice: its events may fill a merging subscription, which then waits for the harts that wait to catch up.
        Advance(cpu.Hart.Cycles + slice);
        try
        {
            cpu.RunSelected();
        }
        finally
        {
            Interlocked.Add(ref _budget, length - (cpu.Hart.Retired - before));
        }

        cpu.LookForBoundaries();

        // A hart that spins until another one has done something would take all of its host thread's time for it. Not behind each slice:
        // who yields gives up the rest of its time slice, and on a processor that others want would have a hundredth of its share.
        if (_cpus.Length > Environment.ProcessorCount && before / YieldInstructions != cpu.Hart.Retired / YieldInstructions)
            Thread.Yield();
        ulong interval = (ulong)_options.PollInterval;
        if (before / interval == cpu.Hart.Retired / interval)
            return;
        cpu.Flush();
        cpu.Polled();
        if (cpu != _cpu)
            return;
        cpu.Events.HoldTransfers();
        try
        {
            lock (_devices)
                PollDevices();
        }
        finally
        {
            cpu.Events.PublishTransfers();
        }
    }

    private ulong TakeBudget()
    {
        ulong left = Volatile.Read(ref _budget);
        while (true)
        {
            ulong taken = Math.Min(left, SliceInstructions);
            ulong found = Interlocked.CompareExchange(ref _budget, left - taken, left);
            if (found == left)
                return taken;
            left = found;
        }
    }

    /// <summary>Lets a waiting hart sleep for a moment, or until it is interrupted.</summary>
    private void Park(VirtualCpu cpu)
    {
        CatchUp(cpu);
        Interlocked.Increment(ref _parked);
        cpu.Events.HoldTransfers();
        try
        {
            ulong toDeadline;
            lock (_devices)
            {
                bool found = PollDevices();
                if (cpu.Hart.HasWakeUp || found)
                    return;
                ulong deadline = NextDeadline();
                ulong now = TicksOnThreads;
                toDeadline = deadline == ulong.MaxValue ? ulong.MaxValue : deadline - Math.Min(now, deadline);
                if (Volatile.Read(ref _parked) == _cpus.Length && AllWait() && SkipIdle(toDeadline))
                    return;
            }

            cpu.Events.PublishTransfers();
            cpu.Idle.Wait(toDeadline);
        }
        finally
        {
            Interlocked.Decrement(ref _parked);
            cpu.Events.PublishTransfers();
        }
    }

    /// <summary>All harts are parked, and the devices are held: whether anything has come of that.</summary>
    private bool SkipIdle(ulong toDeadline)
    {
        if (toDeadline == ulong.MaxValue)
        {
            if (_polled.Exists(static device => device.MayBecomeReady))
                return false;

            // A deadline that has just passed is none any more, and its line is not up yet.
            UpdateTimersOnThreads();
            if (!AllWait())
                return true;
            End(new HartsEnd(VCpuExitReason.Stuck, 0, null));
            return true;
        }

        if (_options.FollowsHostClock == true)
            return false;
        Interlocked.Add(ref _hostTicks, toDeadline);
        UpdateTimersOnThreads();
        WakeAll();
        return true;
    }

    private void UpdateTimersOnThreads()
    {
        lock (_devices)
        {
            // Cleared before and not behind: another hart may set a deadline meanwhile.
            _deadlineChanged = false;
            UpdateTimerLines();
            Volatile.Write(ref _deadlineTicks, NextDeadline());

            // Time goes on meanwhile: a deadline that has passed before it was looked for is none any more, and has its line now.
            UpdateTimerLines();
        }
    }

    private void UpdateTimerLines()
    {
        ulong now = TicksOnThreads;
        foreach (ITimerDevice timer in _timers)
            timer.Update(now);
    }

    /// <summary>Whether the run has ended, or does with what this hart has come to.</summary>
    private bool HasEnded(VirtualCpu cpu)
    {
        if (_end is not null)
            return true;
        if (cpu.Hart.WatchedValue is ulong value)
            End(new HartsEnd(VCpuExitReason.GuestExit, (int)(value >> 1), null));
        else if (_exits.Find(static device => device.ExitRequested) is IExitDevice exit)
            End(new HartsEnd(VCpuExitReason.GuestExit, exit.ExitCode, null));
        else if (cpu.Hart.Stops is { HasStopped: true })
            End(new HartsEnd(VCpuExitReason.Breakpoint, 0, null));
        else if (_hart.TakeStopRequest() || cpu.Hart.IsStoppedForDebugger())
            End(new HartsEnd(VCpuExitReason.Cancelled, 0, null));
        else if (cpu.Hart.TrapsWithoutProgress > MaxTrapsWithoutProgress)
            End(new HartsEnd(VCpuExitReason.Stuck, 0, null));
        return _end is not null;
    }

    private void End(HartsEnd end)
    {
        if (Interlocked.CompareExchange(ref _end, end, null) is null)
            WakeAll();
    }

    // A hart that has ended passes the time like one that is parked: a merging subscription may hold another one back for it.
    private void WaitForOthers(VirtualCpu cpu)
    {
        cpu.Recorder.Flush();
        Interlocked.Decrement(ref _running);
        while (Volatile.Read(ref _running) > 0)
        {
            cpu.Hart.AcknowledgeCode();
            CatchUp(cpu);
            Thread.Sleep(CatchUpInterval);
        }
    }

    /// <summary>Moves a hart that waits to the time of the one that is furthest.</summary>
    private void CatchUp(VirtualCpu cpu)
    {
        ulong furthest = Volatile.Read(ref _furthest);
        if (furthest > cpu.Hart.Cycles)
            cpu.Hart.Wait(furthest - cpu.Hart.Cycles);
        cpu.Flush();
    }

    private void Advance(ulong cycles)
    {
        ulong seen = Volatile.Read(ref _furthest);
        while (cycles > seen)
        {
            ulong found = Interlocked.CompareExchange(ref _furthest, cycles, seen);
            if (found == seen)
                return;
            seen = found;
        }
    }

    /// <summary>How a run of several harts ended.</summary>
    private sealed record HartsEnd(VCpuExitReason Reason, int ExitCode, ExceptionDispatchInfo? Error);
}
