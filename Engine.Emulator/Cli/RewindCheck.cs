using System.Runtime.InteropServices;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>
/// What <c>--rewind</c> does: makes cuts, goes back to each once from the next, and compares what comes then with what came before: the
/// machine, the sequences of its events, and the events themselves, by a subscriber that takes part in the cuts. Belongs to the thread
/// that runs the machine.
/// </summary>
internal sealed class RewindCheck : ICheckpointed
{
    private const int KeptPieces = 1_000;

    private readonly ulong _interval;
    private readonly Dictionary<(string EventType, int Producer), ulong> _digests = [];
    private readonly List<RewoundPiece> _pieces = [];
    private long _count;
    private string? _difference;
    private string? _missed;

    /// <summary>Subscribes.</summary>
    /// <param name="engine">The engine of the machine.</param>
    /// <param name="eventNames">Names of the event types to compare.</param>
    /// <param name="interval">Instructions from one cut to the next.</param>
    public RewindCheck(EventEngine engine, IReadOnlyList<string> eventNames, ulong interval)
    {
        _interval = interval;
        engine.VisitEventTypes(new Types(this, engine, eventNames));
        engine.AddCheckpoint(this);
    }

    string ICheckpointed.CheckpointName => "--rewind";

    /// <summary>What was run twice, at first.</summary>
    public IReadOnlyList<RewoundPiece> Pieces => _pieces;

    /// <summary>What the summary says of it.</summary>
    public string Line
    {
        get
        {
            string what = Invariant($"cuts each {_interval:N0} instructions, {_count:N0} rewinds");
            string missed = _missed is null ? string.Empty : $"; then none, because {_missed}";
            return _difference is null
                ? $"{what}: the same machine, events and sequences each time{missed}"
                : $"{what}: not the same: {_difference}{missed}";
        }
    }

    /// <summary>Subscribes, where <c>--rewind</c> asks for it.</summary>
    /// <exception cref="UsageException">It does not go with other options.</exception>
    public static RewindCheck? Begin(EventEngine engine, RunSettings settings)
    {
        if (settings.RewindInterval is not ulong interval)
            return null;
        if (settings is { HartCount: > 1, Scheduling: HartScheduling.Threads })
            throw new UsageException("--rewind: harts on threads do not do the same again; add --deterministic");
        bool hasOther = settings.Degrades || settings.GdbPort is not null || settings.ProfileFile is not null
            || settings.TraceFile is not null || settings.OrderFile is not null || settings.Break is not null;
        return hasOther
            ? throw new UsageException("--rewind: does not go with --break, --degrade, --gdb, --order, --profile and --trace")
            : new RewindCheck(engine, settings.EventNames, interval);
    }

    /// <summary>Runs the machine to a count of retired instructions.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="end">The count.</param>
    /// <returns>How it ended, and all that it has retired.</returns>
    public MachineRunResult Run(Machine machine, ulong end)
    {
        MachineCut? from = Cut(machine);
        while (true)
        {
            ulong left = end - machine.RetiredInstructions;
            ulong piece = Math.Min(_interval, left);
            MachineRunResult result = machine.Run(piece);
            if (result.Reason == VCpuExitReason.InstructionBudget && from is { } cut)
                (from, result) = Repeat(machine, cut, piece, result);
            if (result.Reason != VCpuExitReason.InstructionBudget || piece == left)
                return result with { RetiredInstructions = machine.RetiredInstructions };
        }
    }

    object ICheckpointed.SaveCheckpoint() => new Dictionary<(string, int), ulong>(_digests);

    void ICheckpointed.RestoreCheckpoint(object? checkpoint)
    {
        _digests.Clear();
        foreach (((string, int) lane, ulong digest) in (Dictionary<(string, int), ulong>)checkpoint!)
            _digests.Add(lane, digest);
    }

    private (MachineCut? Next, MachineRunResult Result) Repeat(Machine machine, MachineCut from, ulong piece, MachineRunResult result)
    {
        if (Cut(machine) is not { } first)
            return (null, result);
        var digests = new Dictionary<(string, int), ulong>(_digests);
        MachineCutResult back = machine.Rewind(from);
        if (back.Outcome != CutOutcome.Done)
        {
            _missed ??= back.Detail;
            return (null, result);
        }

        result = machine.Run(piece);
        if (result.Reason != VCpuExitReason.InstructionBudget || Cut(machine) is not { } second)
            return (null, result);
        _count++;
        if (_pieces.Count < KeptPieces)
            _pieces.Add(new RewoundPiece(from.RetiredByHart, second.RetiredByHart));
        _difference ??= DifferenceOf(first, digests, second);
        return (second, result);
    }

    private string? DifferenceOf(MachineCut first, Dictionary<(string EventType, int Producer), ulong> digests, MachineCut second)
    {
        string where = Invariant($"at instruction {second.RetiredInstructions:N0}");
        if (!first.HasStateOf(second))
            return $"registers or devices {where}";
        if (!first.HasMemoryOf(second))
            return $"memory {where}";
        for (int hart = 0; hart < first.Positions.Count; hart++)
        {
            foreach (EventDescriptor type in VmEvents.All)
            {
                if (first.Positions[hart][type.Name] != second.Positions[hart][type.Name])
                    return $"sequences of {type.Name} {where}";
            }
        }

        foreach (((string EventType, int Producer) lane, ulong digest) in _digests)
        {
            if (!digests.TryGetValue(lane, out ulong before) || before != digest)
                return $"events of {lane.EventType} {where}";
        }

        return null;
    }

    private MachineCut? Cut(Machine machine)
    {
        MachineCutResult result = machine.Cut();
        if (result.Cut is null)
            _missed ??= result.Detail;
        return result.Cut;
    }

    // On dispatchers, which hand over the events of one lane one after the other, and none during cuts and rewinds.
    private void Take<T>(ReadOnlySpan<T> events, in Envelope envelope)
        where T : unmanaged, IEvent<T>
    {
        lock (_digests)
        {
            ref ulong digest = ref CollectionsMarshal.GetValueRefOrAddDefault(
                _digests, (T.Descriptor.Name, envelope.Producer.Id), out _);
            foreach (byte value in MemoryMarshal.AsBytes(events))
                digest = (digest ^ value) * 0x100_0000_01B3;
        }
    }

    /// <summary>Subscribes to the selected event types.</summary>
    private sealed class Types(RewindCheck owner, EventEngine engine, IReadOnlyList<string> names) : IEventTypeVisitor
    {
        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            if (names.Contains(T.Descriptor.Name))
                engine.SubscribeBatch<T>((ReadOnlySpan<T> events, in Envelope envelope) => owner.Take(events, envelope));
        }
    }
}

/// <summary>A piece of a run that was gone back over and run again.</summary>
/// <param name="First">Instructions that each hart had retired where it begins.</param>
/// <param name="End">Those where it ends.</param>
internal sealed record RewoundPiece(IReadOnlyList<ulong> First, IReadOnlyList<ulong> End);
