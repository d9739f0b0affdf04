using Engine.Storage.Records;

namespace Engine.Storage.Subscriptions;

/// <summary>Which events of a run are settled, and up to which place all are. Thread-safe.</summary>
internal sealed class SettledPrefix(long checkpoint)
{
    private readonly Lock _lock = new();
    private readonly Queue<Entry> _entries = [];
    private readonly Dictionary<Guid, StoredEvent> _open = [];
    private long _checkpoint = checkpoint;

    /// <summary>The highest place up to which everything is settled.</summary>
    public long Checkpoint
    {
        get
        {
            lock (_lock)
                return _checkpoint;
        }
    }

    /// <summary>Adds an event that is about to be delivered, in order.</summary>
    public Entry Add(StoredEvent item)
    {
        lock (_lock)
        {
            var entry = new Entry(item.Sequence, item.Id);
            _entries.Enqueue(entry);
            _open[item.Id] = item;
            return entry;
        }
    }

    /// <summary>Passes places at which there is nothing to deliver.</summary>
    public void Pass(long sequence)
    {
        lock (_lock)
        {
            _entries.Enqueue(new Entry(sequence, Guid.Empty) { IsSettled = true });
            Advance();
        }
    }

    public void Settle(Entry entry)
    {
        lock (_lock)
        {
            entry.IsSettled = true;
            _open.Remove(entry.Id);
            Advance();
        }
    }

    /// <summary>The event as it is stored; null if it is not one of this run.</summary>
    public StoredEvent? Find(Guid id)
    {
        lock (_lock)
            return _open.GetValueOrDefault(id);
    }

    private void Advance()
    {
        while (_entries.TryPeek(out Entry? first) && first.IsSettled)
        {
            _entries.Dequeue();
            _checkpoint = Math.Max(_checkpoint, first.Sequence);
        }
    }

    internal sealed class Entry(long sequence, Guid id)
    {
        public long Sequence => sequence;

        public Guid Id => id;

        public bool IsSettled { get; set; }
    }
}
