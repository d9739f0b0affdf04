namespace Engine.Bus.Messages;

/// <summary>
/// The messages that were handed out and never settled, in order of sequence. What lies before the first is the checkpoint, so it costs
/// no memory however far later messages are ahead. Guarded by the queue's lock; allocates nothing.
/// </summary>
internal struct UnsettledList
{
    private MessageEntry? _oldest;
    private MessageEntry? _newest;

    /// <summary>The lowest sequence in it; <see cref="long.MaxValue"/> when it is empty.</summary>
    public readonly long Oldest => _oldest is null ? long.MaxValue : _oldest.Sequence;

    /// <summary>Adds a message with a higher sequence than all others had.</summary>
    public void Append(MessageEntry entry)
    {
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
        MessageEntry? older = entry.Older;
        MessageEntry? newer = entry.Newer;
        if (older is null)
            _oldest = newer;
        else
            older.Newer = newer;
        if (newer is null)
            _newest = older;
        else
            newer.Older = older;
        entry.Older = entry.Newer = null;
    }
}
