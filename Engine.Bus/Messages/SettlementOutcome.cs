namespace Engine.Bus.Messages;

/// <summary>What became of a verb on a delivery. Exactly one settlement wins per delivery.</summary>
public enum SettlementOutcome
{
    /// <summary>The verb took effect: this delivery is settled by it.</summary>
    Settled,

    /// <summary>The lease runs on, until the time given. The delivery is not settled.</summary>
    Extended,

    /// <summary>This delivery had been settled before, and the message has not been handed out since. Nothing was changed.</summary>
    AlreadySettled,

    /// <summary>
    /// The delivery is no longer the message's latest: its lease expired, or the message went back and was handed out again. Nothing
    /// was changed.
    /// </summary>
    Stale,
}
