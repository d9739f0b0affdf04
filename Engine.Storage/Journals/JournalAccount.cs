namespace Engine.Storage.Journals;

/// <summary>What a host says of a run, to be signed off with its journal. Immutable.</summary>
/// <param name="Engine">What became of the events of each type and producer.</param>
/// <param name="Counters">Counters of the host itself.</param>
public sealed record JournalAccount(IReadOnlyList<AccountedEvents> Engine, IReadOnlyList<AccountedCounter> Counters);

/// <summary>What became of the events of one type that one producer offered.</summary>
/// <param name="EventType">The event type's name.</param>
/// <param name="ProducerId">The producer's number within its engine.</param>
/// <param name="Producer">Its name.</param>
/// <param name="Offered">Events handed to the ring.</param>
/// <param name="Published">Those that it took.</param>
/// <param name="Dispatched">Those that came to a dispatcher.</param>
/// <param name="DroppedIncoming">Those lost because the ring was full.</param>
/// <param name="DroppedOldest">Those lost because newer ones took their places.</param>
/// <param name="Rejected">Those that were refused.</param>
/// <param name="Buffered">Those that were still in the ring.</param>
public sealed record AccountedEvents(
    string EventType, int ProducerId, string Producer, long Offered, long Published, long Dispatched, long DroppedIncoming,
    long DroppedOldest, long Rejected, long Buffered)
{
    /// <summary>Whether all that was offered went somewhere.</summary>
    public bool IsBalanced =>
        Offered == Published + Rejected && Published == Dispatched + DroppedIncoming + DroppedOldest + Buffered;
}

/// <summary>A counter of the host.</summary>
/// <param name="Name">What it counts.</param>
/// <param name="Value">How many.</param>
/// <param name="EventType">
/// The event type of which the journal must have had as many events, those it names as lost included; null where it says nothing of that.
/// </param>
public sealed record AccountedCounter(string Name, long Value, string? EventType = null);
