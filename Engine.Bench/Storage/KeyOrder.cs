namespace Engine.Bench.Storage;

/// <summary>Counts what is published, and what comes behind a later one of its key. Thread-safe.</summary>
/// <param name="count">How many are expected; what comes twice does not count.</param>
internal sealed class KeyOrder(int count)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, int> _last = [];
    private readonly HashSet<(int Key, int Number)> _seen = [];
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How many are expected.</summary>
    public int ExpectedCount => count;

    /// <summary>Completes when all are published.</summary>
    public Task AllPublished => _all.Task;

    public int OutOfOrderCount { get; private set; }

    /// <summary>One was published.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="number">Its number within the key.</param>
    public void Published(int key, int number)
    {
        lock (_lock)
        {
            if (!_seen.Add((key, number)))
                return;
            if (number < _last.GetValueOrDefault(key, -1))
                OutOfOrderCount++;
            else
                _last[key] = number;
            if (_seen.Count == count)
                _all.SetResult();
        }
    }
}
