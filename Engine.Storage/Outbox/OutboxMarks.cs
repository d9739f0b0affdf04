namespace Engine.Storage.Outbox;

/// <summary>
/// Rows of one batch that were published and are to be marked. They are marked while others are still being published, and all that come
/// meanwhile together in the next step: a commit for each key would take most of the time. Thread-safe.
/// </summary>
internal sealed class OutboxMarks(OutboxClaims claims)
{
    private readonly Lock _lock = new();
    private List<OutboxEntry> _waiting = [];
    private Task _marking = Task.CompletedTask;
    private Exception? _error;

    /// <summary>Adds rows of a key, in order, and returns without waiting for the database.</summary>
    public void Add(IReadOnlyCollection<OutboxEntry> rows)
    {
        lock (_lock)
        {
            _waiting.AddRange(rows);
            if (_marking.IsCompleted)
                _marking = Task.Run(MarkAsync);
        }
    }

    /// <summary>Waits until all are marked. To be called when nobody adds any more.</summary>
    /// <exception cref="Databases.StorageException">The database failed; what is not marked is published again.</exception>
    public async Task CompleteAsync()
    {
        Task marking;
        lock (_lock)
            marking = _marking;
        await marking.ConfigureAwait(false);
        if (_error is { } error)
            throw error;
    }

    private async Task MarkAsync()
    {
        while (true)
        {
            List<OutboxEntry> rows;
            lock (_lock)
            {
                rows = _waiting;
                if (rows.Count == 0 || _error is not null)
                {
                    // Inside the lock: who adds now begins anew.
                    _marking = Task.CompletedTask;
                    return;
                }

                _waiting = [];
            }

            try
            {
                await claims.CompleteAsync(rows).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                _error = error;
            }
        }
    }
}
