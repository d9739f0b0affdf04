using Engine.Events;
using Engine.Publish;

namespace Engine.Order;

/// <summary>The events of one type and one producer on their way into one order.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergeInput<T> : MergeInput
    where T : unmanaged, IEvent<T>
{
    private readonly MergeSlot<T>[] _slots;
    private readonly int _mask;
    private readonly int _producerIndex;
    private readonly MergeOutput<T> _output;
    private readonly Func<T, long>? _duration;

    // The producer's.
    private long _lastTime;
    private Exception? _fault;

    public MergeInput(
        EventMerge merge, int index, int producerIndex, ProducerState producer, int capacity, MergeOutput<T> output,
        Func<T, long>? duration)
        : base(merge, index, producer, capacity)
    {
        _slots = new MergeSlot<T>[Capacity];
        _mask = _slots.Length - 1;
        _producerIndex = producerIndex;
        _output = output;
        _duration = duration;
        _lastTime = producer.Progress;
    }

    public override MergeOutput Output => _output;

    public override long TimeAt(long position) => _slots[(int)position & _mask].VirtualTime;

    /// <summary>Merger only: gathers events that are due, one at least, and says so to the tree.</summary>
    /// <param name="batch">Where they go.</param>
    /// <param name="count">How many are there.</param>
    /// <param name="place">How far this input is; it comes first, or all are at the end of time.</param>
    /// <param name="tree">What comes next from this and the others.</param>
    /// <returns>How many are there now.</returns>
    public int Take(Span<MergedEvent<T>> batch, int count, ref MergePlace place, MergeTree tree)
    {
        MergeSlot<T>[] slots = _slots;
        int mask = _mask;
        long limit = tree.Limit;
        long position = place.Head;
        long end = place.End;
        long time;
        do
        {
            ref readonly MergeSlot<T> slot = ref slots[(int)position & mask];
            batch[count++] = new MergedEvent<T>(slot.Event, slot.VirtualTime, slot.Sequence, _producerIndex);
            position++;
            time = position < end ? slots[(int)position & mask].VirtualTime : Math.Max(slot.VirtualTime, place.Progress);
        }
        while (position < end && time <= limit && count < batch.Length);
        place.Head = position;
        tree.Update(Index, time);
        return count;
    }

    /// <summary>Takes over what the producer has published. May wait for room.</summary>
    /// <exception cref="InvalidOperationException">
    /// Room would never come, because the same thread would have to make it; or the code that tells durations threw, and all was taken.
    /// </exception>
    public void Offer(ReadOnlySpan<T> events, in Envelope envelope)
    {
        long time = Producer.VirtualTime;
        if (_duration is not null)
        {
            foreach (ref readonly T @event in events)
                time -= DurationOf(@event);
        }

        long sequence = envelope.Sequence;
        while (!events.IsEmpty)
        {
            long room = RoomFor(events.Length);
            if (room == 0)
                return;
            var count = (int)Math.Min(room, events.Length);
            time = Store(events, count, time, sequence);
            sequence += count;
            events = events[count..];
            WakeMerger();
        }

        if (_fault is not { } fault)
            return;
        _fault = null;
        throw new InvalidOperationException("How long an event took could not be told, so it took no time.", fault);
    }

    // Thrown at the end: what is stored by then would be lost, uncounted.
    private long DurationOf(in T @event)
    {
        try
        {
            return _duration!(@event);
        }
        catch (Exception exception)
        {
            _fault = exception;
            return 0;
        }
    }

    // Returns when the event behind them begins, if there is one.
    private long Store(ReadOnlySpan<T> events, int count, long time, long sequence)
    {
        long tail = WrittenTail.Value;
        MergeSlot<T>[] slots = _slots;
        int mask = _mask;
        long last = Math.Max(_lastTime, Producer.Progress);
        for (int index = 0; index < count; index++)
        {
            if (time < last)
                Volatile.Write(ref WrittenOutOfOrder.Value, WrittenOutOfOrder.Value + 1);
            last = Math.Max(last, time);
            ref MergeSlot<T> slot = ref slots[(int)tail & mask];
            slot.Event = events[index];
            slot.VirtualTime = last;
            slot.Sequence = sequence++;
            tail++;
            if (_duration is not null && index + 1 < events.Length)
                time += DurationOf(events[index]);
        }

        _lastTime = last;
        Volatile.Write(ref WrittenTail.Value, tail);
        return time;
    }
}
