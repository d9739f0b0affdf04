using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Emulator;

/// <summary>
/// The past of a machine, of one hart or several in turn: cuts, from the nearest of which it runs forward to where it is to be. The
/// machine is run through it. What runs again causes its events again, by the same sequences; console input that came meanwhile is not
/// given again. Harts on threads do not run again the same way, so they have no history; their way back is to a cut itself
/// (<see cref="Machine.Rewind"/>). Belongs to the thread that runs the machine.
/// </summary>
public sealed class MachineHistory
{
    private readonly Machine _machine;
    private readonly MachineHistoryOptions _options;
    private readonly List<MachineCut> _cuts = [];
    private ulong _interval;
    private bool _isChanged = true;

    /// <summary>Begins a history with the machine's next run.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="options">How much is kept.</param>
    /// <exception cref="ArgumentException">The machine's harts run on threads.</exception>
    public MachineHistory(Machine machine, MachineHistoryOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        if (machine.RunsOnThreads)
        {
            throw new ArgumentException(
                $"A history goes back by running again from a cut. The {machine.HartCount} harts of this machine run on threads, and " +
                "what they do to each other's memory, and when, is recorded nowhere, so they would not arrive where they were: use " +
                $"{nameof(HartScheduling)}.{nameof(HartScheduling.InTurn)}, or go back to a cut itself, by {nameof(Machine)}." +
                $"{nameof(Machine.Cut)} and {nameof(Machine)}.{nameof(Machine.Rewind)}.", nameof(machine));
        }

        _machine = machine;
        _options = options ?? new MachineHistoryOptions();
        _interval = _options.Interval;
    }

    /// <summary>The cuts, oldest first.</summary>
    public IReadOnlyList<MachineCut> Cuts => _cuts;

    /// <summary>Cuts that were left out, because what had been published was not handled in time or a checkpoint threw.</summary>
    public long MissedCuts { get; private set; }

    /// <summary>
    /// Says that registers or memory are going to be changed, or have been since the last run: what is run from here on does not follow
    /// from what was before.
    /// </summary>
    public void NoteChange() => _isChanged = true;

    /// <summary>Runs the machine as <see cref="Machine.Run"/> does, and makes cuts on the way.</summary>
    /// <param name="maxInstructions">Most instructions to retire.</param>
    public MachineRunResult Run(ulong maxInstructions = ulong.MaxValue) => Run(maxInstructions, null);

    /// <summary>Runs, and ends behind the next instruction of a hart if one is named.</summary>
    internal MachineRunResult Run(ulong maxInstructions, int? stepped)
    {
        ulong[] starts = _machine.RetiredByHart;
        ulong start = _machine.RetiredInstructions;
        ulong end = maxInstructions > ulong.MaxValue - start ? ulong.MaxValue : start + maxInstructions;
        _cuts.RemoveAll(cut => cut.RetiredInstructions > start);
        if (_isChanged || _cuts.Count == 0)
            TakeCut();
        _isChanged = false;
        ulong next = NextCut();
        while (true)
        {
            ulong now = _machine.RetiredInstructions;
            MachineRunResult piece = _machine.RunPiece(Math.Min(end, next) - now, stepped);
            now = _machine.RetiredInstructions;
            bool hasStepped = stepped is int hart && _machine.RetiredByHart[hart] > starts[hart];
            if (piece.Reason != VCpuExitReason.InstructionBudget || now >= end || hasStepped)
            {
                MachineRunResult result = piece with { RetiredInstructions = now - start };
                _machine.ReportExit(result, starts);
                return result;
            }

            TakeCut();
            next = Math.Max(NextCut(), After(now));
        }
    }

    /// <summary>Goes back by one instruction.</summary>
    public HistoryOutcome ReverseStep()
    {
        ulong now = _machine.RetiredInstructions;
        return now == 0 ? HistoryOutcome.BeforeHistory : RunBackTo(now - 1);
    }

    /// <summary>
    /// Goes back to before the last instruction of a hart. What other harts have done since is undone as well.
    /// </summary>
    /// <param name="hart">Number of the hart.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such hart.</exception>
    public HistoryOutcome ReverseStep(int hart)
    {
        CheckHart(hart);
        ulong retired = _machine.RetiredByHart[hart];
        ulong now = _machine.RetiredInstructions;
        if (_machine.HartCount == 1 || now == 0 || _cuts.Count == 0)
            return ReverseStep();
        MachineCut? low = _cuts.FindLast(cut => cut.RetiredInstructions <= now && cut.RetiredByHart[hart] < retired);
        if (low is null)
            return Failed(Rewind(_cuts[0])) ?? HistoryOutcome.BeforeHistory;

        // A hart that was stopped or stepped has retired the last instruction of all.
        HistoryOutcome outcome = RunBackTo(now - 1);
        return outcome != HistoryOutcome.Reached || _machine.RetiredByHart[hart] < retired
            ? outcome
            : Search(low, now, () => _machine.RetiredByHart[hart] < retired);
    }

    /// <summary>Goes back to where so many instructions had retired.</summary>
    /// <param name="instructionCount">The count.</param>
    public HistoryOutcome RunBackTo(ulong instructionCount)
    {
        if (instructionCount > _machine.RetiredInstructions)
            return HistoryOutcome.Ahead;
        MachineCut? cut = _cuts.FindLast(cut => cut.RetiredInstructions <= instructionCount);
        if (cut is null)
            return _cuts.Count == 0 ? HistoryOutcome.Ahead : Failed(Rewind(_cuts[0])) ?? HistoryOutcome.BeforeHistory;
        return Failed(Rewind(cut)) ?? RunTo(instructionCount);
    }

    /// <summary>
    /// Goes back to the instruction that caused an event, before it. Finds it by halving: the way is run again about twice. Not for
    /// <c>vm.block</c> and <c>vm.exit</c>, whose events depend on how the run is divided.
    /// </summary>
    /// <param name="eventType">Name of the event type; somebody must be subscribed to it, as when it was published.</param>
    /// <param name="sequence">Its sequence, as dispatched subscribers got it.</param>
    /// <param name="hart">The hart whose event it is.</param>
    /// <exception cref="ArgumentException">The machine has no such events, or they depend on how the run is divided.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such hart.</exception>
    public HistoryOutcome RunBackToEvent(string eventType, long sequence, int hart = 0)
    {
        CheckHart(hart);
        if (!VmEvents.All.Any(type => type.Name == eventType)
            || eventType == BlockExecuted.Descriptor.Name || eventType == VCpuExited.Descriptor.Name)
        {
            throw new ArgumentException($"There is no way back to an event of type {eventType}.", nameof(eventType));
        }

        if (sequence < 0 || SequenceOf(_machine.GetPosition(hart), eventType) <= sequence)
            return sequence < 0 ? HistoryOutcome.BeforeHistory : HistoryOutcome.Ahead;
        MachineCut? low = _cuts.FindLast(
            cut => cut.RetiredInstructions <= _machine.RetiredInstructions && SequenceOf(cut.Positions[hart], eventType) <= sequence);
        if (low is null)
            return Failed(Rewind(_cuts[0])) ?? HistoryOutcome.BeforeHistory;
        return Search(
            low, _machine.RetiredInstructions, () => SequenceOf(_machine.GetPosition(hart), eventType) <= sequence);
    }

    /// <summary>Goes back to a cut; what lies ahead stays part of the history until the machine is run on.</summary>
    internal CutOutcome Rewind(MachineCut cut) => _machine.Rewind(cut).Outcome;

    /// <summary>Runs forward to a count that the machine had come to before, past what it had stopped before on the way.</summary>
    internal HistoryOutcome RunTo(ulong instructionCount)
    {
        while (instructionCount > _machine.RetiredInstructions)
        {
            if (_machine.RunPiece(instructionCount - _machine.RetiredInstructions).Reason != VCpuExitReason.Breakpoint)
                break;
        }

        return _machine.RetiredInstructions == instructionCount ? HistoryOutcome.Reached : HistoryOutcome.Diverged;
    }

    /// <summary>What a rewind that did not come off means, or null.</summary>
    internal static HistoryOutcome? Failed(CutOutcome outcome) =>
        outcome == CutOutcome.NotHandled ? HistoryOutcome.NotHandled : null;

    private void CheckHart(int hart)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(hart);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(hart, _machine.HartCount);
    }

    // Goes to the last count of which something holds that holds at a cut, and does not any more at a later count.
    private HistoryOutcome Search(MachineCut low, ulong high, Func<bool> isBefore)
    {
        if (Failed(Rewind(low)) is { } failed)
            return failed;
        while (high - low.RetiredInstructions > 1)
        {
            ulong middle = low.RetiredInstructions + ((high - low.RetiredInstructions) / 2);
            if (RunTo(middle) != HistoryOutcome.Reached)
                return HistoryOutcome.Diverged;
            if (isBefore())
            {
                if (_machine.Cut() is not { Cut: { } next })
                    return HistoryOutcome.NotHandled;
                low = next;
            }
            else
            {
                high = middle;
                if (Failed(Rewind(low)) is { } again)
                    return again;
            }
        }

        return HistoryOutcome.Reached;
    }

    private static long SequenceOf(ProducerPosition position, string eventType) => position[eventType].Sequence;

    private ulong NextCut() => _cuts.Count == 0 ? _interval : After(_cuts[^1].RetiredInstructions);

    private ulong After(ulong count) => _interval > ulong.MaxValue - count ? ulong.MaxValue : count + _interval;

    private void TakeCut()
    {
        if (_machine.Cut() is not { Cut: { } cut })
        {
            MissedCuts++;
            return;
        }

        _cuts.RemoveAll(other => other.RetiredInstructions >= cut.RetiredInstructions);
        if (_cuts.Count == _options.MaxCuts)
        {
            // The first one stays: it is where the history begins.
            for (int index = _cuts.Count - 1; index > 0; index -= 2)
                _cuts.RemoveAt(index);
            _interval = _interval > ulong.MaxValue / 2 ? ulong.MaxValue : _interval * 2;
        }

        _cuts.Add(cut);
    }
}
