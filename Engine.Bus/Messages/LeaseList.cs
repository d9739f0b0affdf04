namespace Engine.Bus.Messages;

/// <summary>
/// Messages under leases of one length, in the order in which they end; of equal ones the lowest sequence first. Which is the one in which
/// they were handed out, but for redeliveries at the same moment. Guarded by the queue's lock; allocates nothing.
/// </summary>
internal struct LeaseList
{
    // The most steps from the end at which a message may have to be put.
    private const int MaxSteps = 32;

    private MessageEntry? _first;
    private MessageEntry? _last;

    public int Count { get; private set; }

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> when there is none.</summary>
    public readonly long Earliest => _first is null ? long.MaxValue : _first.Deadline;

    public readonly MessageEntry? First => _first;

    /// <summary>Adds a message.</summary>
    /// <returns>Whether it did; false if the place of the message is too far from the end.</returns>
    public bool TryAdd(MessageEntry entry)
    {
        MessageEntry? before = _last;
        for (int steps = 0; before is not null && DeadlineHeap.IsBefore(entry, before); steps++)
        {
            if (steps == MaxSteps)
                return false;
            before = before.LeasedBefore;
        }

        entry.IsLeased = true;
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
        return true;
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
