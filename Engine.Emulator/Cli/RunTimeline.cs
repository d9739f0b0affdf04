using Engine.Events.Vm;
using Engine.Subscriptions;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>The <c>--timeline</c> file: a picture of what was told of each hart, and where it was stopped.</summary>
internal sealed class RunTimeline
{
    private readonly RunSettings _settings;
    private readonly OutputFile _file;

    private RunTimeline(RunSettings settings, OutputFile file) => (_settings, _file) = (settings, file);

    /// <summary>Finds out whether the file can be written; null if none is asked for.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="others">Files that must not be written over.</param>
    /// <exception cref="UsageException">It cannot be written, or there would be nothing on it.</exception>
    public static RunTimeline? Check(RunSettings settings, params IEnumerable<string?> others)
    {
        OutputFile? file = OutputFile.Check("--timeline", settings.TimelineFile, others);
        if (file is null)
            return null;
        bool hasSomething = settings.Degrades || settings.Boundaries.AreSet || settings.Break is not null
            || settings.RewindInterval is not null;
        return hasSomething
            ? new RunTimeline(settings, file)
            : throw new UsageException(
                "--timeline: shows what --degrade, --from, --until, --region, --rewind or --break do; there is none of them");
    }

    /// <summary>Writes the picture.</summary>
    /// <param name="retired">Instructions that each hart has retired.</param>
    /// <param name="hit">The event that was stopped before, or null.</param>
    /// <param name="bounded">The subscriptions with boundaries, or null.</param>
    /// <param name="degrading">The detail of execution, or null.</param>
    /// <param name="rewinds">The ways back, or null.</param>
    /// <exception cref="UsageException">It cannot be written.</exception>
    public void Write(ulong[] retired, BreakpointHit? hit, BoundedEvents? bounded, DegradingEvents? degrading, RewindCheck? rewinds) =>
        _file.Write(TimelineSvg.Text(
            $"{Path.GetFileName(_settings.Elf ?? Guests.BundledGuest.Name)}: what was told of each hart",
            [.. retired.Select((count, hart) => new TimelineLane(
                $"hart {hart}", count,
                [.. Window(bounded?.CoverageOf(hart), count), .. Details(degrading?.RangesOf(hart) ?? [])],
                [.. (rewinds?.Pieces ?? []).Select(piece => (piece.First[hart], piece.End[hart]))],
                hit?.At.VCpu == hart
                    ? new TimelineBand(
                        TimelineBandKind.Window, hit.At.RetiredInstructions, hit.At.RetiredInstructions, $"stopped before {hit.EventType}")
                    : null))]));

    private static IEnumerable<TimelineBand> Window(BoundaryCoverage? coverage, ulong retired)
    {
        if (coverage is { State: BoundaryState.Active or BoundaryState.Ended } told)
        {
            yield return new TimelineBand(
                TimelineBandKind.Window, told.FirstCount, told.State == BoundaryState.Ended ? told.LastCount + 1 : retired,
                told.ToString());
        }
    }

    private static IEnumerable<TimelineBand> Details(IReadOnlyList<DetailChanged> ranges) => ranges.Select(static range =>
        new TimelineBand(
            range.Detail switch
            {
                ExecutionDetail.Instructions => TimelineBandKind.Instructions,
                ExecutionDetail.Blocks => TimelineBandKind.Blocks,
                _ => TimelineBandKind.Counters,
            },
            range.FirstInstruction, range.FirstInstruction + range.InstructionCount,
            Invariant($"{range.InstructionCount:N0} from instruction {range.FirstInstruction:N0}")));
}
