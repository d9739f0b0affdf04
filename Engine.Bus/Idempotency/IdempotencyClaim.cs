namespace Engine.Bus.Idempotency;

/// <summary>The answer to an attempt to claim a key.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Token">Identifies the claim if it was given; else 0. A claim that another one has taken over has another token.</param>
/// <param name="ExpiresIn">When the claim in flight, the caller's own or the other's, can be taken over; zero when there is none.</param>
public readonly record struct IdempotencyClaim(IdempotencyClaimOutcome Outcome, long Token, TimeSpan ExpiresIn);
