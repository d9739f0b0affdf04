namespace Engine.Bus.Idempotency;

/// <summary>Runs work at most once per key, as long as a store remembers it. Thread-safe.</summary>
/// <param name="store">The store.</param>
/// <param name="lease">How long a claim holds; longer than the work takes.</param>
public sealed class IdempotencyGuard(IIdempotencyStore store, TimeSpan lease)
{
    private readonly IIdempotencyStore _store = store ?? throw new ArgumentNullException(nameof(store));
    private readonly TimeSpan _lease = lease > TimeSpan.Zero
        ? lease
        : throw new ArgumentOutOfRangeException(nameof(lease), lease, "The lease of a claim must be above zero.");

    /// <summary>
    /// Claims the key and runs the work if the claim was given. When the work succeeds, the key is completed; when it
    /// returns false or throws, the key is free again. What the work throws comes out.
    /// </summary>
    /// <typeparam name="TState">What the work needs.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="state">Handed to the work.</param>
    /// <param name="work">The work; returns whether the event is handled.</param>
    /// <param name="cancellationToken">Handed to the work. Once it has run, its result is recorded whether the token is cancelled or not.</param>
    /// <returns><see cref="IdempotencyClaimOutcome.Claimed"/> if the work ran, else why not, and when a claim in flight can be taken over.</returns>
    public async ValueTask<IdempotencyClaim> RunAsync<TState>(
        IdempotencyKey key, TState state, Func<TState, CancellationToken, ValueTask<bool>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        IdempotencyClaim claim = await _store.TryClaimAsync(key, _lease, cancellationToken).ConfigureAwait(false);
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
                await _store.ReleaseAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
        }

        if (isHandled)
            await _store.CompleteAsync(key, claim.Token, CancellationToken.None).ConfigureAwait(false);
        return claim;
    }
}
