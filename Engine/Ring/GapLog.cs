using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// Where events were dropped under <c>DropIncoming</c>: a queue of (position of the next event, events lost before
/// it), from the one producer to the consumer. Each gap lies before an event of the ring, so as many entries as
/// slots are enough. Its memory is touched only where gaps are.
/// <code>
/// Producer   writes an entry, store-releases the tail, and only then publishes the event behind the gap.
/// Consumer   load-acquires the ring's cursor, so it sees the gaps before all events it sees.
///            It frees an entry (store-release of the head) before it frees the event's slot.
/// </code>
/// </summary>
internal sealed unsafe class GapLog
{
    private readonly AlignedMemory<Gap> _memory;
    private readonly Gap* _entries;
    private readonly long _mask;

    // Written by the producer.
    private PaddedInt64 _tail;
    private long _openLoss;

    // Written by the consumer.
    private PaddedInt64 _head;

    public GapLog(int capacity)
    {
        _memory = new AlignedMemory<Gap>(capacity);
        _entries = _memory.Pointer;
        _mask = capacity - 1;
    }

    /// <summary>Consumer: the position of the first gap not yet taken, or a position that never comes.</summary>
    public long NextPosition =>
        _head.Value == Volatile.Read(ref _tail.Value) ? long.MaxValue : _entries[_head.Value & _mask].Position;

    /// <summary>Producer: events were dropped.</summary>
    public void Open(long lost) => _openLoss += lost;

    /// <summary>Producer: there is room again; the events dropped lie before <paramref name="position"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Close(long position)
    {
        if (_openLoss != 0)
            Append(position);
    }

    /// <summary>Consumer: the events lost directly before a position.</summary>
    public long TakeAt(long position)
    {
        if (NextPosition != position)
            return 0;
        long lost = _entries[_head.Value & _mask].Lost;
        Volatile.Write(ref _head.Value, _head.Value + 1);
        return lost;
    }

    private void Append(long position)
    {
        long tail = _tail.Value;
        // A claim that was given up leaves its gap behind; the consumer cannot have taken it yet.
        if (tail > 0 && _entries[(tail - 1) & _mask].Position == position)
            _entries[--tail & _mask].Lost += _openLoss;
        else
            _entries[tail & _mask] = new Gap { Position = position, Lost = _openLoss };
        _openLoss = 0;
        Volatile.Write(ref _tail.Value, tail + 1);
        GC.KeepAlive(_memory);
    }

    private struct Gap
    {
        public long Position;
        public long Lost;
    }
}
