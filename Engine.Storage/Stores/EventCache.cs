using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>The events used last, bounded by number and bytes. What was erased can not come back. Thread-safe.</summary>
internal sealed class EventCache(int maxCount, long maxBytes)
{
    // What a record takes beside its data and texts, roughly.
    private const int Overhead = 400;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, LinkedListNode<StoredEvent>> _nodes = [];
    private readonly LinkedList<StoredEvent> _order = [];
    private long _bytes;
    private long _hits;
    private long _misses;
    private long _removals;

    public (long Hits, long Misses, int Count, long Bytes) Statistics
    {
        get
        {
            lock (_lock)
                return (_hits, _misses, _nodes.Count, _bytes);
        }
    }

    /// <summary>Gets an event, or what to hand to <see cref="AddRead"/> with the one that is then read.</summary>
    public StoredEvent? Find(Guid id, out long ticket)
    {
        lock (_lock)
        {
            ticket = _removals;
            if (!_nodes.TryGetValue(id, out LinkedListNode<StoredEvent>? node))
            {
                _misses++;
                return null;
            }

            _hits++;
            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value;
        }
    }

    /// <summary>Keeps an event that was just committed.</summary>
    public void Add(StoredEvent item)
    {
        lock (_lock)
            AddLocked(item);
    }

    /// <summary>Keeps an event that was read, unless something was removed since: it might be what was read.</summary>
    public void AddRead(StoredEvent item, long ticket)
    {
        lock (_lock)
        {
            if (ticket == _removals)
                AddLocked(item);
        }
    }

    public void Remove(Guid id)
    {
        lock (_lock)
        {
            _removals++;
            if (_nodes.TryGetValue(id, out LinkedListNode<StoredEvent>? node))
                Forget(node);
        }
    }

    /// <summary>Forgets all events before a place.</summary>
    public void RemoveBefore(long sequence)
    {
        lock (_lock)
        {
            _removals++;
            LinkedListNode<StoredEvent>? node = _order.First;
            while (node is not null)
            {
                LinkedListNode<StoredEvent>? next = node.Next;
                if (node.Value.Sequence < sequence)
                    Forget(node);
                node = next;
            }
        }
    }

    private void AddLocked(StoredEvent item)
    {
        if (maxCount == 0 || SizeOf(item) > maxBytes || _nodes.ContainsKey(item.Id))
            return;
        _nodes.Add(item.Id, _order.AddFirst(item));
        _bytes += SizeOf(item);
        while (_nodes.Count > maxCount || _bytes > maxBytes)
            Forget(_order.Last!);
    }

    private void Forget(LinkedListNode<StoredEvent> node)
    {
        _order.Remove(node);
        _nodes.Remove(node.Value.Id);
        _bytes -= SizeOf(node.Value);
    }

    private static long SizeOf(StoredEvent item) =>
        Overhead + item.Data.Length + (2L * (item.EventType.Length + item.Source.Length + (item.Key?.Length ?? 0)))
            + item.Metadata.Sum(static entry => 2L * (entry.Key.Length + entry.Value.Length));
}
