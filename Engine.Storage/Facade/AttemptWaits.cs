using System.Collections.Concurrent;

namespace Engine.Storage.Facade;

/// <summary>Tells who waits for an event how the first attempt of each part at it ended. Thread-safe.</summary>
internal sealed class AttemptWaits
{
    private readonly ConcurrentDictionary<Guid, Wait> _waits = [];

    /// <summary>Begins to listen for an event, before it is stored.</summary>
    public Wait Begin(Guid eventId, IEnumerable<string> parts)
    {
        // Two that publish the same event share one wait.
        Wait wait = _waits.GetOrAdd(eventId, static _ => new Wait());
        wait.Expect(parts);
        return wait;
    }

    public void End(Guid eventId) => _waits.TryRemove(eventId, out _);

    public void Report(Guid eventId, string part, Exception? error)
    {
        if (_waits.TryGetValue(eventId, out Wait? wait))
            wait.Report(part, error);
    }

    /// <summary>A part has ended: nobody needs to wait for it.</summary>
    public void Leave(string part)
    {
        foreach (Wait wait in _waits.Values)
            wait.Report(part, new InvalidOperationException($"{part} was taken out before it got the event."));
    }

    internal sealed class Wait
    {
        private readonly Lock _lock = new();
        private readonly HashSet<string> _open = [];
        private readonly Dictionary<string, Exception> _failures = [];
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Expect(IEnumerable<string> parts)
        {
            lock (_lock)
            {
                _open.UnionWith(parts);
                if (_open.Count == 0)
                    _completion.TrySetResult();
            }
        }

        public void Report(string part, Exception? error)
        {
            lock (_lock)
            {
                if (!_open.Remove(part))
                    return;
                if (error is not null)
                    _failures[part] = error;
                if (_open.Count == 0)
                    _completion.TrySetResult();
            }
        }

        public async Task<IReadOnlyDictionary<string, Exception>> WaitAsync(CancellationToken cancellationToken)
        {
            await _completion.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
                return new Dictionary<string, Exception>(_failures);
        }
    }
}
