using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>
/// The sequences of one producer's lane that lie between two boundaries. The virtual CPU's thread moves the ends: the first before it
/// publishes the first event, the last after the last one. A dispatcher sees the end at the latest with the events behind it, whose
/// publication it was written before.
/// </summary>
internal sealed class BoundaryWindow<T>(EventFilter<T>? inner) : EventWindow<T>(inner)
    where T : unmanaged, IEvent<T>
{
    private const long Nowhere = long.MaxValue;

    private int _producerId = -1;
    private long _first = Nowhere;
    private long _end = Nowhere;
    private bool _isOpen;

    /// <inheritdoc/>
    public override bool IsOpenFor(int producerId) => Volatile.Read(ref _isOpen) && Volatile.Read(ref _producerId) == producerId;

    /// <summary>Begins at a sequence.</summary>
    public void Open(int producerId, long first)
    {
        Volatile.Write(ref _end, Nowhere);
        Volatile.Write(ref _first, first);
        Volatile.Write(ref _producerId, producerId);
        Volatile.Write(ref _isOpen, true);
    }

    /// <summary>Ends before a sequence.</summary>
    public void Close(long end)
    {
        Volatile.Write(ref _isOpen, false);
        Volatile.Write(ref _end, end);
    }

    /// <summary>Goes on without an end.</summary>
    public void Reopen()
    {
        Volatile.Write(ref _end, Nowhere);
        Volatile.Write(ref _isOpen, true);
    }

    /// <summary>Never was.</summary>
    public void Forget()
    {
        Volatile.Write(ref _isOpen, false);
        Volatile.Write(ref _first, Nowhere);
    }

    /// <inheritdoc/>
    public override bool TryTrim(ref ReadOnlySpan<T> events, ref Envelope envelope)
    {
        if (envelope.Producer.Id != Volatile.Read(ref _producerId))
            return false;
        if (envelope.IsInline)
            return Volatile.Read(ref _isOpen);
        long first = envelope.Sequence;
        long from = Math.Max(first, Volatile.Read(ref _first));
        long to = Math.Min(first + events.Length, Volatile.Read(ref _end));
        if (from >= to)
            return false;
        events = events[(int)(from - first)..(int)(to - first)];
        envelope = envelope.AtSequence(from);
        return true;
    }

    /// <inheritdoc/>
    public override LossNotice? Trim(in LossNotice notice)
    {
        long from = Math.Max(notice.FirstSequence, Volatile.Read(ref _first));
        long last = Math.Min(notice.LastSequence, Volatile.Read(ref _end) - 1);
        return notice.Producer.Id == Volatile.Read(ref _producerId) && from <= last
            ? notice with { FirstSequence = from, LastSequence = last }
            : null;
    }
}
