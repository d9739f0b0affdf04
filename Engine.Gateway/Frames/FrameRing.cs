using System.Text;
using Engine.Gateway.Events;

namespace Engine.Gateway.Frames;

/// <summary>
/// The last events, in memory: bounded by count and by bytes, the oldest going first. Appending takes a lock for as long as the
/// copy takes; reading takes none.
/// </summary>
public sealed class FrameRing : IFrameHistory
{
    // A frame, its block's header, its place, and the names that it may be the only one to hold.
    private const int OverheadBytes = 256;
    private const int FirstSlots = 1024;

    private readonly Lock _lock = new();
    private readonly int _capacity;
    private readonly long _maxBytes;
    private readonly TimeProvider _timeProvider;
    private readonly Dictionary<(string Type, string ResourceId), EventFrame> _newestMetrics = [];
    private readonly byte[] _epoch;
    // Written under the lock; grows with what is in it, since a capacity may be ten million.
    private EventFrame?[] _slots;
    private long _first = 1;
    private long _last;
    private long _bytes;
    private DateTimeOffset _lastRecorded = DateTimeOffset.MinValue;

    /// <summary>Makes a ring.</summary>
    /// <param name="capacity">Events at most.</param>
    /// <param name="maxBytes">Bytes at most, but for the newest event.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    /// <param name="epoch">Which history it is; by default one that no other has.</param>
    /// <exception cref="ArgumentException">A limit is below 1, or the epoch has other characters than ASCII letters and digits.</exception>
    public FrameRing(int capacity = 10_000, long maxBytes = 256L << 20, TimeProvider? timeProvider = null, string? epoch = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        Epoch = epoch ?? Guid.NewGuid().ToString("N")[..12];
        if (!StreamCursor.IsEpoch(Epoch))
        {
            throw new ArgumentException(
                $"An epoch has 1 to {StreamCursor.MaxEpochLength} ASCII letters and digits; got \"{Epoch}\".", nameof(epoch));
        }

        _epoch = Encoding.ASCII.GetBytes(Epoch);
        _capacity = capacity;
        _slots = new EventFrame?[Math.Min(capacity, FirstSlots)];
        _maxBytes = maxBytes;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    /// <summary>Makes an empty ring that counts on where another history ended.</summary>
    /// <param name="capacity">Events at most.</param>
    /// <param name="maxBytes">Bytes at most, but for the newest event.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="epoch">Which history it is.</param>
    /// <param name="last">The sequence of the last event before.</param>
    /// <param name="lastRecorded">When that was recorded.</param>
    internal FrameRing(int capacity, long maxBytes, TimeProvider timeProvider, string epoch, long last, DateTimeOffset lastRecorded)
        : this(capacity, maxBytes, timeProvider, epoch)
    {
        _last = last;
        _first = last + 1;
        _lastRecorded = lastRecorded;
    }

    /// <inheritdoc/>
    public event Action? TailMoved;

    /// <inheritdoc/>
    public string Epoch { get; }

    /// <inheritdoc/>
    public long FirstSequence => Volatile.Read(ref _first);

    /// <inheritdoc/>
    public long LastSequence => Volatile.Read(ref _last);

    /// <summary>Bytes that the events take, what is around them included.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <inheritdoc/>
    public EventFrame Append(in FrameDraft draft)
    {
        long timestamp = _timeProvider.GetTimestamp();
        EventFrame frame;
        lock (_lock)
        {
            long sequence = _last + 1;
            DateTimeOffset now = _timeProvider.GetUtcNow();
            _lastRecorded = now > _lastRecorded ? now : _lastRecorded;
            byte[] block = FrameBlock.Of(_epoch, sequence, draft, out int envelopeStart);
            frame = new EventFrame(sequence, _lastRecorded, timestamp, draft, block, envelopeStart);
            if (sequence - _first >= _capacity)
                TrimOldest();
            else if (sequence - _first >= _slots.Length)
                Grow();
            Volatile.Write(ref _slots[IndexOf(_slots, sequence)], frame);
            Volatile.Write(ref _bytes, _bytes + block.Length + OverheadBytes);
            while (_bytes > _maxBytes && _first < sequence)
                TrimOldest();
            if (draft.Traffic == EventTraffic.Metrics)
                Supersede(frame);
            // Last: who reads it reads the slot behind it.
            Volatile.Write(ref _last, sequence);
        }

        TailMoved?.Invoke();
        return frame;
    }

    /// <inheritdoc/>
    public ValueTask ReadAsync(FrameBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long last = Math.Min(batch.UpTo, LastSequence);
        while (batch.Cursor < last && !batch.IsFull)
        {
            if (Find(batch.Cursor + 1) is { } frame)
                batch.Take(frame);
            else if (batch.Frames.Count == 0)
                batch.NoteGap(Math.Min(FirstSequence - 1, last));
            else
                // What has been read comes before the gap.
                break;
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<long> FindBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        long low = FirstSequence;
        long high = LastSequence + 1;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            // What is trimmed meanwhile is older than all that is left.
            if (Find(middle) is not { } frame || frame.RecordedAt < time)
                low = middle + 1;
            else
                high = middle;
        }

        return new(low - 1);
    }

    /// <inheritdoc/>
    public ValueTask<long> FindNewestAsync(FrameFilter filter, long upTo, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        long start = upTo;
        int found = 0;
        for (long sequence = Math.Min(upTo, LastSequence); found < limit; sequence--)
        {
            if (sequence < 1 || Find(sequence) is not { } frame || frame.RecordedAt < filter.Start)
                break;
            if (!filter.Matches(frame))
                continue;
            found++;
            start = sequence - 1;
        }

        return new(start);
    }

    /// <summary>Null if it has been trimmed, or is not there yet.</summary>
    internal EventFrame? Find(long sequence)
    {
        EventFrame?[] slots = Volatile.Read(ref _slots);
        EventFrame? frame = Volatile.Read(ref slots[IndexOf(slots, sequence)]);
        return frame?.Sequence == sequence ? frame : null;
    }

    private static int IndexOf(EventFrame?[] slots, long sequence) => (int)(sequence % slots.Length);

    // Who reads a sequence up to the last one reads the slots behind it, and so these.
    private void Grow()
    {
        var slots = new EventFrame?[(int)Math.Min(_capacity, 2L * _slots.Length)];
        for (long sequence = _first; sequence <= _last; sequence++)
            slots[IndexOf(slots, sequence)] = _slots[IndexOf(_slots, sequence)];
        Volatile.Write(ref _slots, slots);
    }

    private void TrimOldest()
    {
        EventFrame oldest = _slots[IndexOf(_slots, _first)]!;
        // In this order: who finds the slot empty finds the first one moved.
        Volatile.Write(ref _first, _first + 1);
        Volatile.Write(ref _slots[IndexOf(_slots, oldest.Sequence)], null);
        Volatile.Write(ref _bytes, _bytes - oldest.Block.Length - OverheadBytes);
        if (oldest.Traffic != EventTraffic.Metrics)
            return;
        (string, string) key = (oldest.Type, oldest.ResourceId);
        if (_newestMetrics.TryGetValue(key, out EventFrame? newest) && newest == oldest)
            _newestMetrics.Remove(key);
    }

    private void Supersede(EventFrame frame)
    {
        (string, string) key = (frame.Type, frame.ResourceId);
        if (_newestMetrics.TryGetValue(key, out EventFrame? before))
            before.Supersede(frame.Sequence);
        _newestMetrics[key] = frame;
    }
}
