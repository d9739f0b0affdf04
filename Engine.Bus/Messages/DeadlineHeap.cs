namespace Engine.Bus.Messages;

/// <summary>
/// Messages by deadline: a binary heap in which each message knows its place, so that it can be taken out early.
/// Guarded by the queue's lock; allocates when it grows.
/// </summary>
internal sealed class DeadlineHeap
{
    private MessageEntry[] _entries = new MessageEntry[64];

    public int Count { get; private set; }

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> when there is none.</summary>
    public long Earliest => Count == 0 ? long.MaxValue : _entries[0].Deadline;

    /// <summary>Whether the first is not later than its children: what can be seen at once of the order.</summary>
    public bool IsOrdered => (Count < 2 || !IsBefore(_entries[1], _entries[0])) && (Count < 3 || !IsBefore(_entries[2], _entries[0]));

    /// <summary>Whether its first comes before a message that is not in it.</summary>
    public bool IsBefore(MessageEntry other) => Count > 0 && IsBefore(_entries[0], other);

    public void Add(MessageEntry entry)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, 2 * Count);
        Place(entry, Count++);
        SiftUp(entry.HeapIndex);
    }

    public void Remove(MessageEntry entry)
    {
        int index = entry.HeapIndex;
        MessageEntry last = _entries[--Count];
        _entries[Count] = null!;
        entry.HeapIndex = -1;
        if (last == entry)
            return;
        Place(last, index);
        SiftUp(index);
        SiftDown(last.HeapIndex);
    }

    /// <summary>
    /// Takes the message with the earliest deadline, of equal ones the lowest sequence, if the deadline is not later than <paramref
    /// name="limit"/>.
    /// </summary>
    public MessageEntry? TryTake(long limit)
    {
        if (Count == 0 || _entries[0].Deadline > limit)
            return null;
        MessageEntry entry = _entries[0];
        Remove(entry);
        return entry;
    }

    private void SiftUp(int index)
    {
        MessageEntry entry = _entries[index];
        while (index > 0 && IsBefore(entry, _entries[(index - 1) / 2]))
        {
            Place(_entries[(index - 1) / 2], index);
            index = (index - 1) / 2;
        }

        Place(entry, index);
    }

    private void SiftDown(int index)
    {
        MessageEntry entry = _entries[index];
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= Count)
                break;
            if (child + 1 < Count && IsBefore(_entries[child + 1], _entries[child]))
                child++;
            if (!IsBefore(_entries[child], entry))
                break;
            Place(_entries[child], index);
            index = child;
        }

        Place(entry, index);
    }

    private void Place(MessageEntry entry, int index)
    {
        _entries[index] = entry;
        entry.HeapIndex = index;
    }

    /// <summary>The order: by deadline, then by sequence.</summary>
    public static bool IsBefore(MessageEntry a, MessageEntry b) =>
        a.Deadline < b.Deadline || (a.Deadline == b.Deadline && a.Sequence < b.Sequence);
}
