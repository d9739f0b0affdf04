namespace Engine.Bus.Messages;

/// <summary>
/// Messages under leases of one length, in the order in which they end; of equal ones the lowest sequence first. Which is the one in which
/// they were handed out, but for redeliveries at the same moment. Guarded by the queue's lock; allocates nothing.
/// </summary>
internal struct LeaseList
{
    private MessageEntry? _first;
    private MessageEntry? _last;

    public int Count { get; private set; }

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> when there is none.</summary>
    public readonly long Earliest => _first is null ? long.MaxValue : _first.Deadline;

    public readonly MessageEntry? First => _first;

    public void Add(MessageEntry entry)
    {
        entry.IsLeased = true;
        MessageEntry? before = _last;
        while (before is not null && DeadlineHeap.IsBefore(entry, before))
            before = before.LeasedBefore;
        MessageEntry? after = before is null ? _first : before.LeasedAfter;
        if (before is null)
        {
            _first = entry;
        }
        else
        {
            before.LeasedAfter = entry;
            entry.LeasedBefore = before;
        }

        if (after is null)
        {
            _last = entry;
        }
        else
        {
            after.LeasedBefore = entry;
            entry.LeasedAfter = after;
        }

        Count++;
    }

    public void Remove(MessageEntry entry)
    {
        MessageEntry? before = entry.LeasedBefore;
        MessageEntry? after = entry.LeasedAfter;
        if (before is null)
            _first = after;
        else
            before.LeasedAfter = after;
        if (after is null)
            _last = before;
        else
            after.LeasedBefore = before;
        entry.LeasedBefore = entry.LeasedAfter = null;
        entry.IsLeased = false;
        Count--;
    }
}
