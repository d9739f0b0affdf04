using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Publish;

/// <summary>
/// Slots of a lane, to be filled in place and then published. For the producer's thread, which may keep it in a field between events,
/// as an interpreter does that fills one claim over many instructions. Where the lane is used in another way before, or the engine
/// stopped, publishing it says so.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public readonly unsafe struct LaneClaim<T>
    where T : unmanaged, IEvent<T>
{
    private readonly LaneCore<T> _lane;
    private readonly long _number;

    // Memory of the lane's ring, which lives as long as the lane.
    private readonly T* _slots;
    private readonly int _count;

    internal LaneClaim(LaneCore<T> lane, long number, T* slots, int count, PublishOutcome outcome)
    {
        _lane = lane;
        _number = number;
        _slots = slots;
        _count = count;
        Outcome = outcome;
    }

    /// <summary>
    /// The slots, with whatever they held before. Empty where nothing was granted. After the next use of the lane the slots are those of
    /// other events: from then on this is memory of its own, as long, and what is written there goes nowhere. A span that was
    /// taken before is not to be used any more.
    /// </summary>
    public Span<T> Events
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            return _count == 0 || _lane.IsClaimed(_number) ? new Span<T>(_slots, _count) : Nowhere<T>.Of(_count);
        }
    }

    /// <summary><see cref="PublishOutcome.Published"/> if slots were granted, otherwise why not.</summary>
    public PublishOutcome Outcome { get; }

    /// <summary>Whether there are slots to fill.</summary>
    public bool IsGranted => _count > 0;

    private PublishResult NothingPublished => new(0, _lane is null ? PublishOutcome.NotSubscribed : Outcome);

    /// <summary>The first slot.</summary>
    /// <exception cref="IndexOutOfRangeException">Nothing was granted.</exception>
    public ref T Event => ref Events[0];

    /// <summary>
    /// Publishes all slots; does nothing where nothing was granted. A claim can be published once, and not after the next use of
    /// its lane: then the outcome is <see cref="PublishOutcome.Stale"/>, and its events count as rejected.
    /// </summary>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    public PublishResult Publish() =>
        _count == 0 ? NothingPublished : _lane.PublishClaimed(_number, new ReadOnlySpan<T>(_slots, _count));

    /// <summary>Publishes the first slots and gives the others back. Stale as <see cref="Publish()"/> is.</summary>
    /// <param name="count">Slots to publish.</param>
    /// <returns>How many were accepted, and what became of the rest.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative or larger than the claim.</exception>
    public PublishResult Publish(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _count);
        return count == 0 ? NothingPublished : _lane.PublishClaimed(_number, new ReadOnlySpan<T>(_slots, count));
    }
}
