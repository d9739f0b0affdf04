using Engine.Bus.Idempotency;

namespace Engine.Storage.Idempotency;

/// <summary>The events handled last, in memory. What is here is completed in the database too. Thread-safe.</summary>
internal sealed class HandledWindow(int capacity, TimeSpan window)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IdempotencyKey, DateTimeOffset> _handled = [];
    private readonly Queue<IdempotencyKey> _order = [];

    public bool Holds(IdempotencyKey key, DateTimeOffset now)
    {
        lock (_lock)
            return _handled.TryGetValue(key, out DateTimeOffset at) && now - at < window;
    }

    public void Add(IdempotencyKey key, DateTimeOffset at)
    {
        lock (_lock)
        {
            if (capacity == 0)
                return;
            if (!_handled.ContainsKey(key))
                _order.Enqueue(key);
            _handled[key] = at;
            while (_handled.Count > capacity)
                _handled.Remove(_order.Dequeue());
        }
    }
}
