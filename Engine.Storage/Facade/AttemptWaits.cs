using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Engine.Storage.Facade;

/// <summary>Tells who waits for an event how the first attempt of each part at it ended. Thread-safe.</summary>
internal sealed class AttemptWaits
{
    private readonly ConcurrentDictionary<Guid, ImmutableArray<Wait>> _waits = [];

    /// <summary>Begins to listen for an event, before it is stored. Two that publish the same event listen each for themselves.</summary>
    public Wait Begin(Guid eventId, IEnumerable<string> parts)
    {
        var wait = new Wait(parts);
        _waits.AddOrUpdate(eventId, static (_, added) => [added], static (_, waits, added) => waits.Add(added), wait);
        return wait;
    }

    public void End(Guid eventId, Wait wait)
    {
        while (_waits.TryGetValue(eventId, out ImmutableArray<Wait> waits))
        {
            ImmutableArray<Wait> left = waits.Remove(wait);
            bool isDone = left.IsEmpty
                ? _waits.TryRemove(KeyValuePair.Create(eventId, waits)) : _waits.TryUpdate(eventId, left, waits);
            if (isDone)
                return;
        }
    }

    public void Report(Guid eventId, string part, Exception? error)
    {
        if (!_waits.TryGetValue(eventId, out ImmutableArray<Wait> waits))
            return;
        foreach (Wait wait in waits)
            wait.Report(part, error);
    }

    /// <summary>A part has ended: nobody needs to wait for it.</summary>
    public void Leave(string part)
    {
        foreach (Wait wait in _waits.Values.SelectMany(static waits => waits))
            wait.Report(part, new InvalidOperationException($"{part} was taken out before it got the event."));
    }

    internal sealed class Wait
    {
        private readonly Lock _lock = new();
        private readonly HashSet<string> _open;
        private readonly Dictionary<string, Exception> _failures = [];
        private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Wait(IEnumerable<string> parts)
        {
            _open = [.. parts];
            if (_open.Count == 0)
                _completion.TrySetResult();
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
