using Engine.Events;

namespace Engine.Publish;

/// <summary>Slots of a lane, to be filled in place and then published. Lives on the stack of the producer's thread.</summary>
/// <typeparam name="T">The event type.</typeparam>
public readonly ref struct LaneClaim<T>
    where T : unmanaged, IEvent<T>
{
    private readonly LaneCore<T> _lane;
    private readonly long _number;

    internal LaneClaim(LaneCore<T> lane, long number, Span<T> events, PublishOutcome outcome)
    {
        _lane = lane;
        _number = number;
        Events = events;
        Outcome = outcome;
    }

    /// <summary>The slots, with whatever they held before. Empty where nothing was granted.</summary>
    public Span<T> Events { get; }

    /// <summary><see cref="PublishOutcome.Published"/> if slots were granted, otherwise why not.</summary>
    public PublishOutcome Outcome { get; }

    /// <summary>Whether there are slots to fill.</summary>
    public bool IsGranted => !Events.IsEmpty;

    /// <summary>The first slot.</summary>
    /// <exception cref="IndexOutOfRangeException">Nothing was granted.</exception>
    public ref T Event => ref Events[0];

    /// <summary>
    /// Publishes all slots; does nothing where nothing was granted. A claim can be published once, and not after the next use of
    /// its lane: then the outcome is <see cref="PublishOutcome.Stale"/>, and its events count as rejected.
    /// </summary>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    public PublishResult Publish() =>
        Events.IsEmpty ? new PublishResult(0, Outcome) : _lane.PublishClaimed(_number, Events);

    /// <summary>Publishes the first slots and gives the others back. Stale as <see cref="Publish()"/> is.</summary>
    /// <param name="count">Slots to publish.</param>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or larger than the claim.</exception>
    public PublishResult Publish(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Events.Length);
        return count == 0 ? new PublishResult(0, Outcome) : _lane.PublishClaimed(_number, Events[..count]);
    }
}
