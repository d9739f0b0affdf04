using Engine.Events;
using Engine.Publish;

namespace Engine.Order;

/// <summary>The events of one type and one producer on their way into one order.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergeInput<T> : MergeInput
    where T : unmanaged, IEvent<T>
{
    private readonly MergedEvent<T>[] _slots;
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
        _slots = new MergedEvent<T>[Capacity];
        _mask = _slots.Length - 1;
        _producerIndex = producerIndex;
        _output = output;
        _duration = duration;
        _lastTime = producer.Progress;
    }

    public override MergeOutput Output => _output;

    public override long TimeAt(long position) => _slots[(int)position & _mask].VirtualTime;

    public override void Take(ref long head, long end, long limit, bool winsTies, ref long bound, long progress)
    {
        MergedEvent<T>[] slots = _slots;
        Span<MergedEvent<T>> room = _output.Room;
        long position = head;
        long time = bound;
        int count = 0;
        do
        {
            room[count++] = slots[(int)position & _mask];
            position++;
            time = position < end ? slots[(int)position & _mask].VirtualTime : Math.Max(time, progress);
        }
        while (position < end && count < room.Length && (time < limit || (time == limit && winsTies)));
        _output.Add(count);
        (head, bound) = (position, time);
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
            foreach (T @event in events)
                time -= DurationOf(@event);
        }

        long sequence = envelope.Sequence;
        while (!events.IsEmpty)
        {
            long room = RoomFor(events.Length);
            if (room == 0)
                return;
            var count = (int)Math.Min(room, events.Length);
            time = Store(events[..count], time, sequence);
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
    private long DurationOf(T @event)
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

    private long Store(ReadOnlySpan<T> events, long time, long sequence)
    {
        long tail = WrittenTail.Value;
        MergedEvent<T>[] slots = _slots;
        long last = Math.Max(_lastTime, Producer.Progress);
        foreach (ref readonly T @event in events)
        {
            if (time < last)
                Volatile.Write(ref WrittenOutOfOrder.Value, WrittenOutOfOrder.Value + 1);
            last = Math.Max(last, time);
            slots[(int)tail & _mask] = new MergedEvent<T>(@event, last, sequence++, _producerIndex);
            tail++;
            if (_duration is not null)
                time += DurationOf(@event);
        }

        _lastTime = last;
        Volatile.Write(ref WrittenTail.Value, tail);
        return time;
    }
}
