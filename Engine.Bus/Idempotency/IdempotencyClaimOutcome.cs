namespace Engine.Bus.Idempotency;

/// <summary>What became of an attempt to claim a key.</summary>
public enum IdempotencyClaimOutcome
{
    /// <summary>The key is the caller's: it handles the event, and then completes or releases the claim.</summary>
    Claimed,

    /// <summary>Another one handles the event at the moment. The caller must not.</summary>
    InFlight,

    /// <summary>The event has been handled. The caller must not.</summary>
    Completed,

    /// <summary>The store is full of claims in flight. The caller must not handle the event now.</summary>
    Full,
}
