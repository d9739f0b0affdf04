using System.Numerics;
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
internal abstract class MergeInput
{
    private static readonly TimeSpan LookAround = TimeSpan.FromMilliseconds(1);

    private readonly EventMerge _merge;
    private readonly WakeSignal _room = new();

    // Written by the producer.
    private protected PaddedInt64 WrittenTail;
    private protected PaddedInt64 WrittenOutOfOrder;
    private PaddedInt64 _refused;
    private long _knownHead;

    // Written by the merger.
    private PaddedInt64 _head;

    private protected MergeInput(EventMerge merge, int index, ProducerState producer, int capacity)
    {
        _merge = merge;
        Index = index;
        Producer = producer;
        Capacity = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
    }

    public ProducerState Producer { get; }

    /// <summary>Of two events at one time the lower index comes first.</summary>
    public int Index { get; }

    /// <summary>Where its events are gathered for the handler.</summary>
    public abstract MergeOutput Output { get; }

    public long Tail => Volatile.Read(ref WrittenTail.Value);

    public long Head => Volatile.Read(ref _head.Value);

    public long OutOfOrder => Volatile.Read(ref WrittenOutOfOrder.Value);

    public long Refused => Volatile.Read(ref _refused.Value);

    public int Capacity { get; }

    /// <summary>Merger only: the virtual time of an event.</summary>
    public abstract long TimeAt(long position);

    /// <summary>Frees what the merger has taken.</summary>
    public void Advance(long head)
    {
        Volatile.Write(ref _head.Value, head);
        if (_room.IsRaised)
            _room.Wake();
    }

    /// <summary>Ends a wait for room, as the merge has ended.</summary>
    public void Interrupt() => _room.Interrupt();

    private protected void WakeMerger()
    {
        if (_merge.Work.IsRaised)
            _merge.Work.Wake();
    }

    private protected long RoomFor(int wanted)
    {
        long room = Capacity - (WrittenTail.Value - _knownHead);
        if (room >= wanted)
            return room;
        _knownHead = Head;
        room = Capacity - (WrittenTail.Value - _knownHead);
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
            if (WrittenTail.Value - _knownHead < Capacity)
                return Capacity - (WrittenTail.Value - _knownHead);
            if (!spinner.NextSpinWillYield)
            {
                spinner.SpinOnce();
                continue;
            }

            if (_merge.IsHeldBackByCaller(this) && Head == _knownHead)
            {
                Refuse(wanted);
                throw new InvalidOperationException(
                    $"Producer \"{Producer.Info.Name}\" has filled the {Capacity} places that it has in a merging subscription, " +
                    "and has to wait for a producer of the same thread. The capacity must hold what a producer publishes before " +
                    "it reports its progress, and before another one of its thread gets on.");
            }

            _room.Park(new RoomCheck(this), LookAround);
        }

        Refuse(wanted);
        return 0;
    }

    private void Refuse(int count) => Volatile.Write(ref _refused.Value, _refused.Value + count);

    private readonly struct RoomCheck(MergeInput input) : IProgressCheck
    {
        public bool HasProgress() => input._merge.HasEnded || input.Head != input._knownHead;
    }
}
