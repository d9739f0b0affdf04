namespace Engine.Bus.Idempotency;

/// <summary>
/// What idempotent handlers share: runs the work for an event at most once, as long as the store remembers it. Thread-safe.
/// </summary>
internal sealed class IdempotencyGuard
{
    private readonly IdempotencyOptions _options;
    private long _duplicates;

    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public IdempotencyGuard(IdempotencyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
    }

    /// <summary>Events whose work did not run because it had been done.</summary>
    public long DuplicateCount => Interlocked.Read(ref _duplicates);

    /// <summary>
    /// Claims the event and runs the work if the claim was given. When the work succeeds, the event is recorded as handled; when
    /// it returns false or throws, the event is free again. What the work throws comes out.
    /// </summary>
    /// <param name="eventId">The event's id.</param>
    /// <param name="state">Handed to the work.</param>
    /// <param name="work">The work; returns whether the event is handled.</param>
    /// <param name="cancellationToken">
    /// Handed to the work. Once it has run, its result is recorded whether the token is cancelled or not.
    /// </param>
    /// <returns>Claimed if the work ran, else why not, and when a claim in flight can be taken over.</returns>
    public async ValueTask<IdempotencyClaim> RunAsync<TState>(
        Guid eventId, TState state, Func<TState, CancellationToken, ValueTask<bool>> work, CancellationToken cancellationToken)
    {
        var key = new IdempotencyKey(_options.Subscription, eventId);
        IIdempotencyStore store = _options.Store;
        IdempotencyClaim claim = await store.TryClaimAsync(key, _options.ClaimLease, cancellationToken).ConfigureAwait(false);
        if (claim.Outcome == IdempotencyClaimOutcome.Completed)
            Interlocked.Increment(ref _duplicates);
        if (claim.Outcome != IdempotencyClaimOutcome.Claimed)
            return claim;
        bool isHandled = false;
        try
        {
            isHandled = await work(state, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isHandled)
                await store.ReleaseAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
        }

        if (isHandled)
            await store.CompleteAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
        return claim;
    }

    /// <summary>When to look again at an event that another attempt has in flight: when its claim expires, or sooner.</summary>
    public TimeSpan DelayFor(IdempotencyClaim claim) =>
        claim.ExpiresIn > TimeSpan.Zero && claim.ExpiresIn < _options.RecheckDelay
            ? TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(claim.ExpiresIn.TotalMilliseconds)))
            : _options.RecheckDelay;
}
