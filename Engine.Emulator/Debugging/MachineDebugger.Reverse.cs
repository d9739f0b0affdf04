using Engine.Emulator.Cpu;
using Engine.Events.Vm;

namespace Engine.Emulator.Debugging;

/// <summary>The way back: to the instruction before, or to the last place where the debugger would have stopped.</summary>
internal sealed partial class MachineDebugger
{
    private static readonly HashSet<ulong> NoBreakpoints = [];

    /// <summary>Goes back by one instruction.</summary>
    public HistoryOutcome ReverseStep()
    {
        Ignore();
        return history!.ReverseStep();
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
        while (machine.RetiredInstructions < end)
        {
            Prepare();
            MachineRunResult result = RunPastBreakpoint(end - machine.RetiredInstructions);
            ulong now = machine.RetiredInstructions;
            if (Stop.Kind == DebugStopKind.None && result.Reason != VCpuExitReason.InstructionBudget)
                break;
            if (Stop.Kind == DebugStopKind.Breakpoint && now < here)
                last = new Place(now, Hart.Pc, Stop);
            else if (Stop.Kind >= DebugStopKind.WriteWatch)
                last = new Place(now - 1, null, Stop);
            else if (Stop.Kind == DebugStopKind.Requested)
                break;
        }

        return last;
    }

    private MachineRunResult RunPastBreakpoint(ulong instructions)
    {
        if (!_breakpoints.Contains(Hart.Pc))
            return machine.RunPiece(instructions);
        Hart.SteppedOver = Hart.Pc;
        MachineRunResult result;
        try
        {
            result = machine.RunPiece(1);
        }
        finally
        {
            Hart.SteppedOver = ulong.MaxValue;
        }

        return result;
    }

    private HistoryOutcome GoTo(MachineCut cut, Place place)
    {
        Ignore();
        if (MachineHistory.Failed(history!.Rewind(cut)) is { } failed)
            return failed;
        HistoryOutcome outcome = history.RunTo(place.Retired);
        if (outcome == HistoryOutcome.Reached && place.Pc is ulong pc && Hart.Pc != pc)
        {
            // A trap comes first, at the same count: what it leads to is where the breakpoint is.
            Prepare();
            machine.RunPiece(1);
        }

        Hart.DebugStop = place.Stop;
        return outcome;
    }

    private void Ignore()
    {
        Hart.DebugStop = default;
        Hart.SetBreakpoints(NoBreakpoints);
        if (_watchpoints.Count == 0)
            return;
        Hart.SetWatchpoints([]);
        _watchpointsChanged = true;
    }

    private readonly record struct Place(ulong Retired, ulong? Pc, DebugStop Stop);
}
