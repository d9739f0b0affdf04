namespace Engine.Bus.Messages;

/// <summary>First in, first out, through the messages' own links. Guarded by the queue's lock; allocates nothing.</summary>
internal struct EntryQueue
{
    private MessageEntry? _first;
    private MessageEntry? _last;

    public int Count { get; private set; }

    public void Enqueue(MessageEntry entry)
    {
        if (_last is null)
            _first = entry;
        else
            _last.Next = entry;
        _last = entry;
        Count++;
    }

    public MessageEntry? TryDequeue()
    {
        MessageEntry? entry = _first;
        if (entry is null)
            return null;
        _first = entry.Next;
        if (_first is null)
            _last = null;
        // A handle that somebody keeps must not keep all later messages alive.
        entry.Next = null;
        Count--;
        return entry;
    }
}
