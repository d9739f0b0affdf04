using Engine.Emulator.Cpu;
using Engine.Events.Vm;

namespace Engine.Emulator.Debugging;

/// <summary>The way back: to the instruction before, or to the last place where the debugger would have stopped.</summary>
internal sealed partial class MachineDebugger
{
    private static readonly HashSet<ulong> NoBreakpoints = [];

    /// <summary>Goes back to before the last instruction of the selected hart.</summary>
    public HistoryOutcome ReverseStep()
    {
        Ignore();
        return history!.ReverseStep(Selected);
    }

    /// <summary>
    /// Goes back to the last breakpoint before here, or to before the last access that is watched. The machine's past is run again
    /// from cut to cut, the newest first, and stopped at everything; the last stop is the one.
    /// </summary>
    public HistoryOutcome ReverseContinue()
    {
        ulong here = machine.RetiredInstructions;
        ulong end = here;
        for (int index = history!.Cuts.Count - 1; index >= 0; index--)
        {
            MachineCut cut = history.Cuts[index];
            if (cut.RetiredInstructions >= here)
                continue;
            Ignore();
            if (MachineHistory.Failed(history.Rewind(cut)) is { } failed)
                return failed;
            Place? last = FindLast(here, end);
            if (Stop.Kind == DebugStopKind.Requested)
                return HistoryOutcome.Diverged;
            if (last is Place place)
                return GoTo(cut, place);
            end = cut.RetiredInstructions;
        }

        if (history.Cuts.Count == 0)
            return HistoryOutcome.BeforeHistory;
        Ignore();
        return MachineHistory.Failed(history.Rewind(history.Cuts[0])) ?? HistoryOutcome.BeforeHistory;
    }

    // A breakpoint stops before its instruction; an access that is watched has retired, and where to go is before it.
    private Place? FindLast(ulong here, ulong end)
    {
        Place? last = null;
        Hart? standing = null;
        while (machine.RetiredInstructions < end)
        {
            Prepare();
            MachineRunResult result = RunPastBreakpoint(standing, end - machine.RetiredInstructions);
            ulong now = machine.RetiredInstructions;
            DebugStop stop = Stop;
            int hart = Stopped?.Number ?? Selected;
            standing = stop.Kind == DebugStopKind.Breakpoint ? Stopped : null;
            if (standing is not null && now < here)
                last = new Place(now, standing.Pc, stop, hart);
            else if (stop.Kind >= DebugStopKind.WriteWatch)
                last = new Place(now - 1, null, stop, hart);
            else if (stop.Kind == DebugStopKind.None && result.Reason == VCpuExitReason.Breakpoint && now < here)
                last = new Place(now, null, default, machine.Hit!.At.VCpu);
            else if (stop.Kind == DebugStopKind.Requested || (stop.Kind == DebugStopKind.None && !GoesOn(result)))
                break;
        }

        return last;
    }

    private static bool GoesOn(MachineRunResult result) =>
        result.Reason is VCpuExitReason.InstructionBudget or VCpuExitReason.Breakpoint;

    // What stands at a breakpoint at the beginning is stopped by it: it may be the one to go back to.
    private MachineRunResult RunPastBreakpoint(Hart? standing, ulong instructions)
    {
        if (standing is null)
            return machine.RunPiece(instructions);
        standing.SteppedOver = standing.Pc;
        try
        {
            return machine.RunPiece(instructions, standing.Number);
        }
        finally
        {
            standing.SteppedOver = ulong.MaxValue;
        }
    }

    private HistoryOutcome GoTo(MachineCut cut, Place place)
    {
        Ignore();
        if (MachineHistory.Failed(history!.Rewind(cut)) is { } failed)
            return failed;
        HistoryOutcome outcome = history.RunTo(place.Retired);
        Selected = place.Hart;
        if (outcome == HistoryOutcome.Reached && place.Pc is ulong pc && (Hart.Pc != pc || machine.HartCount > 1))
        {
            // A trap comes first, or another hart's turn ends, at the same count: what it leads to is where the breakpoint is.
            Prepare();
            machine.RunPiece(1);
        }

        Hart.DebugStop = place.Stop;
        return outcome;
    }

    private void Ignore()
    {
        foreach (VirtualCpu cpu in machine.Cpus)
        {
            cpu.Hart.DebugStop = default;
            cpu.Hart.SetBreakpoints(NoBreakpoints);
            if (_watchpoints.Count > 0)
                cpu.Hart.SetWatchpoints([]);
        }

        _watchpointsChanged |= _watchpoints.Count > 0;
    }

    private readonly record struct Place(ulong Retired, ulong? Pc, DebugStop Stop, int Hart);
}
