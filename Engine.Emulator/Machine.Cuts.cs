using System.Text;
using Engine.Emulator.Memory;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Emulator;

/// <summary>
/// Cuts and rewinds. Both forget what has been decoded, so that what is translated and reported behind a cut is the same whether the
/// machine came to it or was set back to it.
/// </summary>
public sealed partial class Machine
{
    private static readonly TimeSpan DefaultCutTimeout = TimeSpan.FromSeconds(10);

    // What belongs to the machine and not to an engine: the console, for one.
    private readonly List<ICheckpointed> _checkpoints = [];
    private MemoryImage? _lastImage;

    /// <summary>
    /// Makes a cut: the machine, a position in each of its streams, and the checkpoints of the subscribers that take part
    /// (<see cref="EventEngine.AddCheckpoint"/>), all of this instant. Waits until what has been published has been handled. Between two
    /// runs, on the thread that runs the machine, and not inside a handler. Harts on threads stand still there, each between two
    /// instructions, with all they have published; what they do behind a cut is not the same each time
    /// (<see cref="MachineCut.IsRepeatable"/>).
    /// </summary>
    /// <param name="timeout">How long handlers may take; by default 10 s.</param>
    /// <exception cref="InvalidOperationException">The machine is running.</exception>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    public MachineCutResult Cut(TimeSpan? timeout = null)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        StreamCut? streams = null;
        if (_events.Engine is { } engine)
        {
            foreach (VirtualCpu cpu in _cpus)
                cpu.Events.Stamp();
            StreamCutResult result = engine.Cut(Producers, timeout ?? DefaultCutTimeout);
            if (result.Outcome != CutOutcome.Done)
                return new MachineCutResult(result.Outcome, null, result.Detail);
            streams = result.Cut;
        }

        using var state = new MemoryStream();
        using (var writer = new BinaryWriter(state, Encoding.UTF8, leaveOpen: true))
            SaveState(writer, withMemory: false);
        foreach (VirtualCpu cpu in _cpus)
            cpu.Hart.DropBlocks();
        _lastImage = Memory.Capture(_lastImage);
        object?[] own = [.. _checkpoints.Select(static checkpoint => checkpoint.SaveCheckpoint())];
        var cut = new MachineCut(this, RetiredByHart, state.ToArray(), _lastImage, streams, own,
            [.. _cpus.Select(static cpu => cpu.Hart.Stops?.Progress)]);
        return new MachineCutResult(CutOutcome.Done, cut, null);
    }

    /// <summary>
    /// Goes back to a cut. What runs again, in the same pieces and with the same input, causes the same events with the same sequences:
    /// subscribers with a checkpoint are back where they were, others may leave out what they have had
    /// (<see cref="SubscriptionOptions{T}.SkipsRepeats"/>). The console's output is not repeated. Media behind devices stay as they are.
    /// Publishes nothing. To be called as <see cref="Cut"/> is.
    /// </summary>
    /// <remarks>
    /// Harts on threads cause other events than before, which get sequences of their own (<see cref="RewindSequences.GoOn"/>): to a
    /// subscriber that was set back to its checkpoint, those of what was undone are a gap.
    /// </remarks>
    /// <param name="cut">A cut of this machine, with the devices it has.</param>
    /// <param name="timeout">How long handlers may take for what is on its way; by default 10 s.</param>
    /// <exception cref="ArgumentException">The cut is of another machine.</exception>
    /// <exception cref="InvalidDataException">The machine has other devices than at the cut.</exception>
    /// <exception cref="InvalidOperationException">
    /// The machine is running, or a merging subscription takes its events (<see cref="EventEngine.Rewind"/>).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The machine has been disposed.</exception>
    public MachineCutResult Rewind(MachineCut cut, TimeSpan? timeout = null)
    {
        using UseGate.Use use = Memory.Gate.Hold();
        ArgumentNullException.ThrowIfNull(cut);
        if (cut.Owner != this)
            throw new ArgumentException("A machine goes back to its own cuts only; this one is of another machine.", nameof(cut));
        if (_events.Engine is not { } engine || cut.Streams is null)
        {
            SetBack(cut);
            return new MachineCutResult(CutOutcome.Done, cut, null);
        }

        RewindSequences sequences = cut.IsRepeatable ? RewindSequences.Repeat : RewindSequences.GoOn;
        StreamCutResult result = engine.Rewind(
            Producers, cut.Streams, timeout ?? DefaultCutTimeout, () => SetBack(cut), sequences);
        return new MachineCutResult(result.Outcome, cut, result.Detail);
    }

    /// <summary>How far a hart is with its lanes, between two runs.</summary>
    /// <exception cref="InvalidOperationException">It has no engine.</exception>
    internal ProducerPosition GetPosition(int hart) =>
        _cpus[hart].Events.Producer?.GetPosition() ?? throw new InvalidOperationException("A machine without an engine has no events.");

    /// <summary>Lets what belongs to the machine take part in its cuts.</summary>
    internal void AddCheckpoint(ICheckpointed checkpoint) => _checkpoints.Add(checkpoint);

    private void SetBack(MachineCut cut)
    {
        using var reader = new BinaryReader(new MemoryStream(cut.State), Encoding.UTF8);
        RestoreState(reader, cut.Memory);
        _lastImage = cut.Memory;
        for (int index = 0; index < _cpus.Length; index++)
        {
            _cpus[index].ForgetBoundaries();
            _cpus[index].Hart.Stops?.SetBack(cut.Conditions[index]);
        }

        for (int index = 0; index < cut.Own.Count; index++)
            _checkpoints[index].RestoreCheckpoint(cut.Own[index]);
    }
}
