namespace Engine.Bus.Idempotency;

/// <summary>How a handler is kept from handling an event twice. Immutable.</summary>
public sealed record IdempotencyOptions
{
    /// <summary>Name of the subscription: one part of the key, so it must stay the same over restarts where the store does.</summary>
    public required string Subscription { get; init; }

    /// <summary>Where handled events are remembered.</summary>
    public required IIdempotencyStore Store { get; init; }

    /// <summary>How long a claim holds: longer than the handler takes, and as long as one may wait after a crash.</summary>
    public TimeSpan ClaimLease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a duplicate waits at most before it looks again whether the other attempt has ended.</summary>
    public TimeSpan RecheckDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock for waiting.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Subscription);
        ArgumentNullException.ThrowIfNull(Store);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        if (ClaimLease <= TimeSpan.Zero)
            throw new ArgumentOutOfRangeException(nameof(ClaimLease), ClaimLease, "The lease of a claim must be above zero.");
        if (RecheckDelay < TimeSpan.FromMilliseconds(1) || RecheckDelay > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(RecheckDelay), RecheckDelay, "The delay before a duplicate looks again must be 1 ms to 1 day.");
        }
    }
}
