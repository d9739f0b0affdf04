using System.Numerics;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Order;

/// <summary>
/// The events of one producer on their way into one order: a single-producer ring, filled on the producer's thread and emptied by the
/// merging one.
/// <code>
/// Producer   1. wait until _head is less than a ring behind   (acquire)
///            2. store the slots, release _tail, look at the work signal
///            3. some time later: release the progress         (ProducerState)
///
/// Merger     1. acquire the progress, then _tail              (in this order)
///            2. read the slots, release _head, look at the room signal
///
/// Order      What a producer published before it reported a progress is below the _tail that is read behind the progress. So
///            when those have been taken, nothing below the progress is left. Read the other way round, an event could lie
///            between the two, and come too late.
/// </code>
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class MergeInput<T>
    where T : unmanaged, IEvent<T>
{
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(1);

    private readonly MergedEvent<T>[] _slots;
    private readonly int _mask;
    private readonly int _index;
    private readonly EventMerge<T> _merge;
    private readonly WakeSignal _room = new();
    private readonly Func<T, long>? _duration;

    // Written by the producer.
    private PaddedInt64 _tail;
    private PaddedInt64 _outOfOrder;
    private PaddedInt64 _refused;
    private long _knownHead;
    private long _lastTime;
    private Exception? _fault;

    // Written by the merger.
    private PaddedInt64 _head;

    public MergeInput(EventMerge<T> merge, int index, ProducerState producer, int capacity, Func<T, long>? duration)
    {
        _merge = merge;
        _index = index;
        _slots = new MergedEvent<T>[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _mask = _slots.Length - 1;
        _duration = duration;
        Producer = producer;
        _lastTime = producer.Progress;
    }

    public ProducerState Producer { get; }

    public int Index => _index;

    public long Tail => Volatile.Read(ref _tail.Value);

    public long Head => Volatile.Read(ref _head.Value);

    public long OutOfOrder => Volatile.Read(ref _outOfOrder.Value);

    public long Refused => Volatile.Read(ref _refused.Value);

    public int Capacity => _slots.Length;

    /// <summary>Merger only.</summary>
    public ref readonly MergedEvent<T> this[long position] => ref _slots[(int)position & _mask];

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
            if (_merge.Work.IsRaised)
                _merge.Work.Wake();
        }

        if (_fault is not { } fault)
            return;
        _fault = null;
        throw new InvalidOperationException("How long an event took could not be told, so it took no time.", fault);
    }

    /// <summary>Frees what the merger has taken.</summary>
    public void Advance(long head)
    {
        Volatile.Write(ref _head.Value, head);
        if (_room.IsRaised)
            _room.Wake();
    }

    /// <summary>Ends a wait for room, as the merge has ended.</summary>
    public void Interrupt() => _room.Interrupt();

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
        long tail = _tail.Value;
        MergedEvent<T>[] slots = _slots;
        long last = Math.Max(_lastTime, Producer.Progress);
        foreach (ref readonly T @event in events)
        {
            if (time < last)
                Volatile.Write(ref _outOfOrder.Value, _outOfOrder.Value + 1);
            last = Math.Max(last, time);
            slots[(int)tail & _mask] = new MergedEvent<T>(@event, last, sequence++, _index);
            tail++;
            if (_duration is not null)
                time += DurationOf(@event);
        }

        _lastTime = last;
        Volatile.Write(ref _tail.Value, tail);
        return time;
    }

    private long RoomFor(int wanted)
    {
        long room = _slots.Length - (_tail.Value - _knownHead);
        if (room >= wanted)
            return room;
        _knownHead = Head;
        room = _slots.Length - (_tail.Value - _knownHead);
        if (room > 0 && !_merge.HasEnded)
            return room;
        return WaitForRoom(wanted);
    }

    private long WaitForRoom(int wanted)
    {
        var spinner = new SpinWait();
        while (!_merge.HasEnded)
        {
            _knownHead = Head;
            if (_tail.Value - _knownHead < _slots.Length)
                return _slots.Length - (_tail.Value - _knownHead);
            if (!spinner.NextSpinWillYield)
            {
                spinner.SpinOnce();
                continue;
            }

            if (_merge.IsHeldBackByCaller(this) && Head == _knownHead)
            {
                Refuse(wanted);
                throw new InvalidOperationException(
                    $"Producer \"{Producer.Info.Name}\" has filled the {_slots.Length} places that it has in a merging subscription, " +
                    "and has to wait for a producer of the same thread. The capacity must hold what a producer publishes before " +
                    "another one of its thread gets on.");
            }

            _room.Park(new RoomCheck(this), LookAround);
        }

        Refuse(wanted);
        return 0;
    }

    private void Refuse(int count) => Volatile.Write(ref _refused.Value, _refused.Value + count);

    private readonly struct RoomCheck(MergeInput<T> input) : IProgressCheck
    {
        public bool HasProgress() => input._merge.HasEnded || input.Head != input._knownHead;
    }
}
