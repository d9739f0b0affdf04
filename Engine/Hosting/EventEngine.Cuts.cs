using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

public sealed partial class EventEngine
{
    /// <summary>
    /// Lets a subscriber take part in cuts and rewinds: its checkpoint is part of a cut.
    /// </summary>
    /// <param name="subscriber">The subscriber.</param>
    public void AddCheckpoint(ICheckpointed subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        _cuts.Add(subscriber);
    }

    /// <summary>Ends <see cref="AddCheckpoint"/>; cuts made before do not set it back any more.</summary>
    /// <param name="subscriber">The subscriber.</param>
    public void RemoveCheckpoint(ICheckpointed subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        _cuts.Remove(subscriber);
    }

    /// <summary>
    /// Makes a cut of the streams of some producers: waits until all they have published has been handled, and takes positions and
    /// checkpoints of that instant. To be called where none of them publishes, by the thread that owns them, and not inside a handler.
    /// </summary>
    /// <param name="producers">The producers: all virtual CPUs of a machine.</param>
    /// <param name="timeout">How long handlers may take.</param>
    public StreamCutResult Cut(IReadOnlyList<EventProducer> producers, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(producers);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return _cuts.Cut(producers, timeout);
    }

    /// <summary>
    /// Sets the streams of some producers back to a cut: waits until all they have published has been handled, has the host set its
    /// machine back, and then what is published next has the sequences that it had behind the cut, and the subscribers that take part
    /// are where they were. To be called as <see cref="Cut"/> is. A loss that was not announced at the time is announced with the
    /// sequences before the cut.
    /// </summary>
    /// <param name="producers">The producers that the cut was made of.</param>
    /// <param name="cut">The cut.</param>
    /// <param name="timeout">How long handlers may take.</param>
    /// <param name="setBack">Sets the host's machine back, or null. What it throws comes out of this call; streams are as before.</param>
    /// <param name="sequences">
    /// Whether the same events come again, by the same sequences, or others, by sequences that follow on what was published.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A merging subscription takes events of one of the producers: what comes again would come before what it has delivered. Or an
    /// <see cref="ExecutionSubscription"/> does, whose detail depends on the pressure of the moment.
    /// </exception>
    public StreamCutResult Rewind(
        IReadOnlyList<EventProducer> producers, StreamCut cut, TimeSpan timeout, Action? setBack = null,
        RewindSequences sequences = RewindSequences.Repeat)
    {
        ArgumentNullException.ThrowIfNull(producers);
        ArgumentNullException.ThrowIfNull(cut);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        ThrowIfMerged(producers);
        ThrowIfDegrading(producers);
        return _cuts.Rewind(producers, cut, timeout, setBack, sequences);
    }
}
