using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// Publication times of some events of a ring, for the latency histogram. Reading the clock for each event would
/// cost more than publishing it, so about one event per 20 to 80 microseconds is stamped, at randomised distances
/// so that no rhythm of the guest is met in step.
/// <code>
/// Producer   writes an entry, then store-releases the tail; both before the event itself is published.
/// Consumer   reads entries up to the tail; an entry that may have been overwritten meanwhile is thrown away.
/// </code>
/// With several producers one of two that meet here goes on without a stamp.
/// </summary>
internal sealed class PublishStamps
{
    private const int EntryCount = 64;
    private const int MaxShift = 20;

    private static readonly long ShortestTicks = MonotonicClock.FromMicroseconds(20);
    private static readonly long LongestTicks = MonotonicClock.FromMicroseconds(80);

    private readonly (long Position, long Ticks)[] _entries = new (long, long)[EntryCount];

    // Written by producers.
    private PaddedInt64 _next;
    private long _lastTicks;
    private int _shift;
    private int _busy;
    private uint _random = 2463534242;
    private PaddedInt64 _tail;

    // Written by the consumer.
    private PaddedInt64 _head;

    /// <summary>The first position that wants a stamp.</summary>
    public long Next
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Volatile.Read(ref _next.Value);
    }

    /// <summary>Producer: notes the time for a position and chooses the next one.</summary>
    public void Stamp(long position)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
            return;
        long now = MonotonicClock.Now;
        long elapsed = now - _lastTicks;
        _lastTicks = now;
        if (elapsed < ShortestTicks && _shift < MaxShift)
            _shift++;
        else if (elapsed > LongestTicks && _shift > 0)
            _shift--;

        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
        long stride = 1L << _shift;
        Volatile.Write(ref _next.Value, position + 1 + ((stride >> 1) + (_random & (stride - 1))));

        long tail = _tail.Value;
        _entries[tail & (EntryCount - 1)] = (position, now);
        Volatile.Write(ref _tail.Value, tail + 1);
        Volatile.Write(ref _busy, 0);
    }

    /// <summary>Consumer: records the latency, up to now, of the stamped events among [from, to).</summary>
    public void Record(long from, long to, DurationHistogram histogram)
    {
        long tail = Volatile.Read(ref _tail.Value);
        if (tail != _head.Value)
            Record(from, to, tail, MonotonicClock.Now, histogram);
    }

    private void Record(long from, long to, long tail, long now, DurationHistogram histogram)
    {
        long head = Math.Max(_head.Value, tail - (EntryCount - 1));
        while (head < tail)
        {
            (long position, long ticks) = _entries[head & (EntryCount - 1)];
            Volatile.ReadBarrier();
            bool intact = Volatile.Read(ref _tail.Value) - head < EntryCount;
            if (intact && position >= to)
                break;
            if (intact && position >= from)
                histogram.Record(MonotonicClock.ToNanoseconds(now - ticks));
            head++;
        }

        _head.Value = head;
    }
}
