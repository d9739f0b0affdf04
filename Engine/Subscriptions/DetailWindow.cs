using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>
/// The ranges of one producer's lane during which a subscription was told in the detail of its events. The virtual CPU's thread opens
/// and closes them, before it publishes the first event of a range and after the last; the dispatcher sees both at the latest with the
/// events behind, whose publication they are written before. Ranges that the dispatcher is past are forgotten when another one opens.
/// </summary>
internal sealed class DetailWindow<T>() : EventWindow<T>(null)
    where T : unmanaged, IEvent<T>
{
    private const long Nowhere = long.MaxValue;

    private int _producerId = -1;
    private bool _isOpen;

    // Replaced as a whole by the virtual CPU's thread.
    private Part[] _parts = [];

    // Written by the dispatcher: it gets nothing before this any more.
    private long _passed;

    /// <inheritdoc/>
    public override bool IsOpenFor(int producerId) => Volatile.Read(ref _isOpen) && Volatile.Read(ref _producerId) == producerId;

    /// <summary>Begins a range at a sequence.</summary>
    public void Open(int producerId, long first)
    {
        long passed = Volatile.Read(ref _passed);
        Volatile.Write(ref _parts, [.. _parts.Where(part => part.End > passed), new Part(first)]);
        Volatile.Write(ref _producerId, producerId);
        Volatile.Write(ref _isOpen, true);
    }

    /// <summary>Ends the range before a sequence. Returns the sequence of its first event.</summary>
    public long Close(long end)
    {
        Volatile.Write(ref _isOpen, false);
        Part last = _parts[^1];
        last.End = end;
        return last.First;
    }

    /// <inheritdoc/>
    public override bool TryTrim(ref ReadOnlySpan<T> events, ref Envelope envelope)
    {
        if (envelope.Producer.Id != Volatile.Read(ref _producerId))
            return false;
        long first = envelope.Sequence;
        long end = first + events.Length;
        foreach (Part part in Volatile.Read(ref _parts))
        {
            long from = Math.Max(first, part.First);
            long to = Math.Min(end, part.End);
            if (from >= to)
                continue;
            events = events[(int)(from - first)..(int)(to - first)];
            envelope = envelope.AtSequence(from);
            Volatile.Write(ref _passed, from);
            return true;
        }

        Volatile.Write(ref _passed, first);
        return false;
    }

    /// <inheritdoc/>
    public override LossNotice? Trim(in LossNotice notice) => null;

    /// <summary>A range; its end is written by the virtual CPU's thread.</summary>
    private sealed class Part(long first)
    {
        private long _end = Nowhere;

        public long First { get; } = first;

        public long End
        {
            get => Volatile.Read(ref _end);
            set => Volatile.Write(ref _end, value);
        }
    }
}
