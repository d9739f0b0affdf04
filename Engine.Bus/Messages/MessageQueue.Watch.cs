namespace Engine.Bus.Messages;

/// <summary>Those who wait for the end of a certain message.</summary>
internal sealed partial class MessageQueue
{
    // Null while nobody waits, so that settling has one look to spare for it. Guarded by the lock.
    private Dictionary<Guid, List<MessageWatch>>? _watchers;

    /// <summary>Completes when a message with that id is settled for good.</summary>
    public async Task<MessageEnd> WatchAsync(Guid id, MessageWatch watcher, CancellationToken cancellationToken)
    {
        try
        {
            return await watcher.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Unwatch(id, watcher);
        }
    }

    /// <summary>Begins to wait: before the message is put into the queue.</summary>
    public MessageWatch Watch(Guid id)
    {
        var watcher = new MessageWatch();
        using (EnterLock())
        {
            _watchers ??= [];
            if (!_watchers.TryGetValue(id, out List<MessageWatch>? watchers))
                _watchers.Add(id, watchers = []);
            watchers.Add(watcher);
        }

        return watcher;
    }

    public void Unwatch(Guid id, MessageWatch watcher)
    {
        using (EnterLock())
        {
            if (_watchers?.TryGetValue(id, out List<MessageWatch>? watchers) != true)
                return;
            watchers!.Remove(watcher);
            if (watchers.Count == 0)
                _watchers!.Remove(id);
            if (_watchers!.Count == 0)
                _watchers = null;
        }
    }

    /// <summary>An event has become a message; one that a filter leaves out does not, and has no end to wait for.</summary>
    private void NoteAccepted(Guid id)
    {
        using (EnterLock())
        {
            if (_watchers?.TryGetValue(id, out List<MessageWatch>? watchers) != true)
                return;
            foreach (MessageWatch watcher in watchers!)
                watcher.IsAccepted = true;
        }
    }

    private void TellWatchers(MessageEntry entry, MessageEnd end)
    {
        if (!_watchers!.TryGetValue(entry.Context.Id, out List<MessageWatch>? watchers))
            return;
        foreach (MessageWatch watcher in watchers)
            watcher.TrySetResult(end);
    }
}

/// <summary>Waits for the end of a message.</summary>
internal sealed class MessageWatch() : TaskCompletionSource<MessageEnd>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>Whether there is such a message. Written under the queue's lock, by the thread that delivers the event.</summary>
    public bool IsAccepted { get; set; }
}
