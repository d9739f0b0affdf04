namespace Engine.Bus.Messages;

/// <summary>Those who wait for the end of a certain message.</summary>
internal sealed partial class MessageQueue
{
    // Null while nobody waits, so that settling has one look to spare for it. Guarded by the lock.
    private Dictionary<Guid, List<TaskCompletionSource<MessageEnd>>>? _watchers;

    /// <summary>Completes when a message with that id is settled for good.</summary>
    public async Task<MessageEnd> WatchAsync(Guid id, TaskCompletionSource<MessageEnd> watcher, CancellationToken cancellationToken)
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
    public TaskCompletionSource<MessageEnd> Watch(Guid id)
    {
        var watcher = new TaskCompletionSource<MessageEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
        using (EnterLock())
        {
            _watchers ??= [];
            if (!_watchers.TryGetValue(id, out List<TaskCompletionSource<MessageEnd>>? watchers))
                _watchers.Add(id, watchers = []);
            watchers.Add(watcher);
        }

        return watcher;
    }

    public void Unwatch(Guid id, TaskCompletionSource<MessageEnd> watcher)
    {
        using (EnterLock())
        {
            if (_watchers?.TryGetValue(id, out List<TaskCompletionSource<MessageEnd>>? watchers) != true)
                return;
            watchers!.Remove(watcher);
            if (watchers.Count == 0)
                _watchers!.Remove(id);
            if (_watchers!.Count == 0)
                _watchers = null;
        }
    }

    private void TellWatchers(MessageEntry entry, MessageEnd end)
    {
        if (!_watchers!.TryGetValue(entry.Context.Id, out List<TaskCompletionSource<MessageEnd>>? watchers))
            return;
        foreach (TaskCompletionSource<MessageEnd> watcher in watchers)
            watcher.TrySetResult(end);
    }
}
