namespace Engine.Ring;

/// <summary>How a claim of ring slots ended.</summary>
internal enum ClaimOutcome
{
    /// <summary>At least one slot was claimed.</summary>
    Claimed,

    /// <summary>The ring is full and the events were dropped and counted (<c>DropIncoming</c>).</summary>
    Dropped,

    /// <summary>The ring is full and the events were refused and counted (<c>Fail</c>, or a call that does not wait).</summary>
    Rejected,

    /// <summary>
    /// The ring is full, and the caller is a dispatcher thread, which must not wait for itself. Refused and counted as rejected.
    /// </summary>
    RejectedInHandler,

    /// <summary>
    /// The ring is full and nobody will ever free a slot, because no consumer has started. Refused and counted as rejected.
    /// </summary>
    NoConsumer,

    /// <summary>The ring is closed. Nothing was counted.</summary>
    Closed,
}
