using Engine.Primitives;

namespace Engine.Ring;

/// <summary>
/// The consumer's side of a ring: hands out published events in order, batch by batch, each once. To be used by the
/// holder of the sequencer's consumer lease only. Does not block.
/// Batches of a ring under <c>DropOldest</c> are copies; all others are the slots themselves.
/// </summary>
/// <typeparam name="T">The slot type.</typeparam>
internal sealed class RingReader<T>
    where T : unmanaged
{
    private const int MaxCopyBytes = 64 * 1024;

    private readonly RingBuffer<T> _buffer;
    private readonly Sequencer _sequencer;
    private readonly T[]? _copy;

    // Losses found without an event behind them; they are announced with the next batch.
    private long _unannounced;

    /// <summary>Creates the reader.</summary>
    /// <param name="buffer">The slots.</param>
    /// <param name="sequencer">Their sequencer.</param>
    /// <exception cref="ArgumentException">The two have different capacities.</exception>
    public unsafe RingReader(RingBuffer<T> buffer, Sequencer sequencer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentNullException.ThrowIfNull(sequencer);
        if (buffer.Capacity != sequencer.Capacity)
        {
            throw new ArgumentException(
                $"A ring's buffer and its sequencer must have the same capacity; got {buffer.Capacity} and {sequencer.Capacity}.",
                nameof(sequencer));
        }

        _buffer = buffer;
        _sequencer = sequencer;
        if (sequencer.Policy == OverflowPolicy.DropOldest)
            _copy = GC.AllocateArray<T>(Math.Clamp(MaxCopyBytes / sizeof(T), 1, buffer.Capacity), pinned: true);
    }

    /// <summary>
    /// Takes the next batch. The events stay valid until <see cref="Advance"/>, which must follow before the next call.
    /// </summary>
    /// <param name="maxCount">The most events wanted, at least 1.</param>
    /// <param name="batch">The batch; empty when there is nothing to read.</param>
    /// <returns>Whether the batch has events.</returns>
    public bool TryRead(int maxCount, out RingBatch<T> batch)
    {
        long lost = 0;
        while (true)
        {
            int count = _sequencer.Available(_copy is null ? maxCount : Math.Min(maxCount, _copy.Length), out long lostBefore);
            lost += lostBefore;
            if (count == 0)
            {
                batch = default;
                _unannounced += lost;
                return false;
            }

            long position = _sequencer.Consumed;
            ReadOnlySpan<T> events = _buffer.Slice(position, count);
            bool hasMore = _sequencer.SawMore || events.Length < count;
            if (_copy is not null)
            {
                events.CopyTo(_copy);
                int overwritten = _sequencer.CountOverwritten(events.Length);
                events = _copy.AsSpan(overwritten, events.Length - overwritten);
                _sequencer.Skip(overwritten);
                lost += overwritten;
                if (events.IsEmpty)
                    continue;
            }

            batch = new RingBatch<T>(events, _sequencer.Consumed + _sequencer.SequenceOffset, lost + _unannounced, hasMore);
            _unannounced = 0;
            return true;
        }
    }

    /// <summary>Frees the slots of the batch taken last.</summary>
    /// <param name="count">Its number of events.</param>
    public void Advance(int count) => _sequencer.Advance(count);
}
