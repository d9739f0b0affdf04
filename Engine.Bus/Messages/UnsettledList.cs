namespace Engine.Bus.Messages;

/// <summary>
/// The messages that were never settled, in order of sequence. What lies before the first is the checkpoint, so it costs
/// no memory however far later messages are ahead. Guarded by the queue's lock; allocates nothing.
/// </summary>
internal struct UnsettledList
{
    private MessageEntry? _oldest;
    private MessageEntry? _newest;

    /// <summary>The sequence given last.</summary>
    public long LastSequence { get; private set; }

    /// <summary>The highest sequence up to which every message has been settled once.</summary>
    public readonly long Checkpoint => _oldest is null ? LastSequence : _oldest.Sequence - 1;

    /// <summary>Gives a new message its sequence.</summary>
    public void Append(MessageEntry entry)
    {
        entry.Sequence = ++LastSequence;
        entry.IsUnsettled = true;
        entry.Older = _newest;
        if (_newest is null)
            _oldest = entry;
        else
            _newest.Newer = entry;
        _newest = entry;
    }

    /// <summary>Notes that a message is settled. A message settled again, after it was requeued, changes nothing.</summary>
    public void Settle(MessageEntry entry)
    {
        if (!entry.IsUnsettled)
            return;
        entry.IsUnsettled = false;
        if (entry.Older is null)
            _oldest = entry.Newer;
        else
            entry.Older.Newer = entry.Newer;
        if (entry.Newer is null)
            _newest = entry.Older;
        else
            entry.Newer.Older = entry.Older;
        entry.Older = entry.Newer = null;
    }
}
