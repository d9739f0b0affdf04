using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>A piece of what is stored.</summary>
/// <param name="Events">The events that were asked for, in order.</param>
/// <param name="NextSequence">Where the next page begins. 0 going backward means that there is none.</param>
/// <param name="Tail">The last place of all when the page was read.</param>
/// <param name="Gap">
/// Places before the page that were asked for and are not there any more, because they were trimmed or are damaged; null if there are none.
/// </param>
public sealed record EventPage(IReadOnlyList<StoredEvent> Events, long NextSequence, long Tail, SequenceGap? Gap)
{
    /// <summary>Events of a page at most.</summary>
    public const int MaxLimit = 1000;

    /// <summary>What was lost before it came into the log, among the page's events. A store loses nothing, a journal names it.</summary>
    public IReadOnlyList<EventLoss> Losses { get; init; } = [];

    /// <summary>Whether there is nothing behind the page at the moment.</summary>
    public bool IsLast => NextSequence == 0 || NextSequence > Tail;
}

/// <summary>Places that are not there any more.</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The last one.</param>
public readonly record struct SequenceGap(long From, long To);
