namespace Engine.Bus.Idempotency;

/// <summary>What is handled once: an event, by one subscription.</summary>
/// <param name="Subscription">A name of the subscription that stays the same over restarts.</param>
/// <param name="EventId">The event's id.</param>
public readonly record struct IdempotencyKey(string Subscription, Guid EventId)
{
    /// <summary>The subscription and the event.</summary>
    public override string ToString() => $"{Subscription}: {EventId}";
}

/// <summary>The answer to an attempt to claim a key.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Token">Identifies the claim if it was given; else 0. A claim that another one has taken over has another token.</param>
/// <param name="ExpiresIn">When the claim in flight, the caller's own or the other's, can be taken over; zero when there is none.</param>
public readonly record struct IdempotencyClaim(IdempotencyClaimOutcome Outcome, long Token, TimeSpan ExpiresIn);

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
