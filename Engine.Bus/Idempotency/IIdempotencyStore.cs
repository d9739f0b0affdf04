namespace Engine.Bus.Idempotency;

/// <summary>
/// Remembers which events have been handled. A key goes from nothing to in flight by a claim, and from there to completed
/// or back; each step is atomic, also between processes where the store is shared. Thread-safe.
/// </summary>
public interface IIdempotencyStore
{
    /// <summary>Claims a key, if it is free or the claim on it has expired.</summary>
    /// <param name="key">The key.</param>
    /// <param name="lease">How long the claim holds if it is neither completed nor released; above zero.</param>
    /// <param name="cancellationToken">Gives up; the claim may have been made, and expires.</param>
    ValueTask<IdempotencyClaim> TryClaimAsync(IdempotencyKey key, TimeSpan lease, CancellationToken cancellationToken = default);

    /// <summary>Records that the event has been handled. To be called after the handler has succeeded, never before.</summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The claim's token.</param>
    /// <param name="cancellationToken">Gives up; the record may have been made.</param>
    /// <returns>False when the claim is not the key's any longer; nothing was changed.</returns>
    ValueTask<bool> CompleteAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default);

    /// <summary>Frees the key for the next attempt. To be called after the handler has failed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="token">The claim's token.</param>
    /// <param name="cancellationToken">Gives up; the claim then expires.</param>
    /// <returns>False when the claim is not the key's any longer; nothing was changed.</returns>
    ValueTask<bool> ReleaseAsync(IdempotencyKey key, long token, CancellationToken cancellationToken = default);
}
