using System.Collections.Concurrent;

namespace Engine.Storage.Outbox;

/// <summary>
/// Rows that somebody who publishes them by itself, without an <see cref="OutboxDispatcher"/>, has for a time. What is marked neither
/// as processed nor as failed is given back when the lease is disposed of, or to be had by others when its time is over. Thread-safe.
/// </summary>
public sealed class OutboxLease : IAsyncDisposable
{
    private readonly OutboxClaims _claims;
    private readonly ConcurrentDictionary<long, OutboxEntry> _open;

    internal OutboxLease(OutboxClaims claims, List<OutboxEntry> entries)
    {
        _claims = claims;
        Entries = entries;
        _open = new ConcurrentDictionary<long, OutboxEntry>(
            entries.Select(static entry => KeyValuePair.Create(entry.Id, entry)));
    }

    /// <summary>The rows, in the order in which those of one key are to be published.</summary>
    public IReadOnlyList<OutboxEntry> Entries { get; }

    /// <summary>Marks a row as published.</summary>
    /// <param name="id">Its number.</param>
    /// <returns>
    /// False if it is none of this lease, is marked already, or others had it after the lease had ended: then nothing was changed, and it
    /// may be published twice.
    /// </returns>
    public async ValueTask<bool> MarkProcessedAsync(long id) =>
        _open.TryRemove(id, out OutboxEntry? entry) && await _claims.CompleteAsync([entry]).ConfigureAwait(false) == 1;

    /// <summary>
    /// Marks a row as failed: it is due again after the delay of the options, and is given up as by the dispatcher after as many failures
    /// as they allow.
    /// </summary>
    /// <param name="id">Its number.</param>
    /// <param name="message">Why; 4 KiB characters of it are kept.</param>
    /// <returns>What becomes of the row; null where <see cref="MarkProcessedAsync"/> would give false.</returns>
    public async ValueTask<OutboxStatus?> MarkFailedAsync(long id, string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return _open.TryRemove(id, out OutboxEntry? entry) ? await _claims.GiveUpOrRetryAsync(entry, message, null).ConfigureAwait(false)
            : null;
    }

    /// <summary>Gives back what was not marked.</summary>
    public async ValueTask DisposeAsync()
    {
        OutboxEntry[] left = [.. _open.Values];
        _open.Clear();
        await _claims.ReleaseAsync(left).ConfigureAwait(false);
    }
}
