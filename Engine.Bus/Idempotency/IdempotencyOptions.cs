using Engine.Primitives;

namespace Engine.Bus.Idempotency;

/// <summary>How a handler is kept from handling an event twice. Immutable.</summary>
public sealed record IdempotencyOptions
{
    /// <summary>Name of the subscription: one part of the key, so it must stay the same over restarts where the store does.</summary>
    public required string Subscription { get; init; }

    /// <summary>Where handled events are remembered.</summary>
    public required IIdempotencyStore Store { get; init; }

    /// <summary>How long a claim holds: longer than the handler takes, and as long as one may wait after a crash: above 0.</summary>
    public TimeSpan ClaimLease { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a duplicate waits at most before it looks again whether the other attempt has ended: 1 ms to 1 day.</summary>
    public TimeSpan RecheckDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock for waiting.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<IdempotencyOptions> Ranges { get; } = new OptionTable<IdempotencyOptions>("idempotency")
        .With(nameof(ClaimLease), OptionRange.Above(TimeSpan.Zero), static o => o.ClaimLease)
        .With(nameof(RecheckDelay), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)), static o => o.RecheckDelay);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Subscription);
        ArgumentNullException.ThrowIfNull(Store);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
    }
}
