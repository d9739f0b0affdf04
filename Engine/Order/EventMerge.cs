using Engine.Events;
using Engine.Publish;
using Engine.Ring;

namespace Engine.Order;

/// <summary>
/// Merges the events of several producers. An event is delivered when no other producer can still publish one that comes before it:
/// each has a later event waiting, or has promised to publish none. <see cref="Pump"/> belongs to one thread.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class EventMerge<T>
    where T : unmanaged, IEvent<T>
{
    private const int BatchSize = 1024;

    private readonly MergeInput<T>[] _inputs;

    // Merger only: the next position of each input, the end of what may be taken, and the least time of what comes next.
    private readonly long[] _heads;
    private readonly long[] _ends;
    private readonly long[] _bounds;
    private readonly long[] _progress;
    private readonly MergedEvent<T>[] _batch = new MergedEvent<T>[BatchSize];
    private volatile bool _hasEnded;
    private volatile bool _isCompleting;
    private volatile bool _isFinishing;
    private long _watermark = long.MinValue;

    public EventMerge(IReadOnlyList<ProducerState> producers, int capacity, Func<T, long>? duration)
    {
        _inputs = [.. producers.Select((producer, index) => new MergeInput<T>(this, index, producer, capacity, duration))];
        _heads = new long[_inputs.Length];
        _ends = new long[_inputs.Length];
        _bounds = new long[_inputs.Length];
        _progress = new long[_inputs.Length];
    }

    public IReadOnlyList<MergeInput<T>> Inputs => _inputs;

    /// <summary>What the merging thread sleeps at.</summary>
    public WakeSignal Work { get; } = new();

    public bool HasEnded => _hasEnded;

    /// <summary>Whether nothing more is taken in.</summary>
    public bool IsFinishing => _isFinishing;

    /// <summary>All events before this time have been delivered.</summary>
    public long Watermark => Volatile.Read(ref _watermark);

    public long Buffered => _inputs.Sum(static input => input.Tail - input.Head);

    /// <summary>Whether an event has come that the last <see cref="Pump"/> did not see.</summary>
    public bool HasNews
    {
        get
        {
            for (int index = 0; index < _inputs.Length; index++)
            {
                if (_inputs[index].Tail != _ends[index])
                    return true;
            }

            return _hasEnded || _isFinishing;
        }
    }

    /// <summary>Delivers what is due. Returns how many events that were.</summary>
    public long Pump(Action<ReadOnlySpan<MergedEvent<T>>, long> deliver)
    {
        for (int index = 0; index < _inputs.Length; index++)
        {
            // In this order; see MergeInput.
            _progress[index] = _isCompleting ? long.MaxValue : _inputs[index].Producer.Progress;
            _ends[index] = _inputs[index].Tail;
            _bounds[index] = _heads[index] < _ends[index] ? _inputs[index][_heads[index]].VirtualTime : _progress[index];
        }

        long total = 0;
        int count;
        do
        {
            count = Fill();
            for (int index = 0; index < _inputs.Length; index++)
                _inputs[index].Advance(_heads[index]);
            long watermark = long.MaxValue;
            foreach (long bound in _bounds)
                watermark = Math.Min(watermark, bound);
            if (count > 0)
                deliver(_batch.AsSpan(0, count), watermark);
            Volatile.Write(ref _watermark, watermark);
            total += count;
        }
        while (count == BatchSize && !_hasEnded);
        return total;
    }

    /// <summary>What is left is delivered as if no producer had more to come.</summary>
    public void Complete()
    {
        _isCompleting = true;
        Work.Interrupt();
    }

    /// <summary>Nothing more is taken in: what is left is the last.</summary>
    public void Finish()
    {
        _isFinishing = true;
        Work.Interrupt();
    }

    /// <summary>Nothing is delivered any more, and nobody waits for room.</summary>
    public void End()
    {
        _hasEnded = true;
        Work.Interrupt();
        foreach (MergeInput<T> input in _inputs)
            input.Interrupt();
    }

    /// <summary>Whether what an input waits for can only come from the thread that calls.</summary>
    public bool IsHeldBackByCaller(MergeInput<T> full)
    {
        int self = Environment.CurrentManagedThreadId;
        long next = full[full.Head].VirtualTime;
        foreach (MergeInput<T> input in _inputs)
        {
            if (input == full || input.Producer.ProgressThreadId != self)
                continue;
            long progress = input.Producer.Progress;
            bool comesFirst = progress < next || (progress == next && input.Index < full.Index);
            if (comesFirst && input.Tail == input.Head)
                return true;
        }

        return false;
    }

    private int Fill()
    {
        int count = 0;
        while (count < BatchSize)
        {
            int first = FindFirst(out long limit, out int limitIndex);
            long head = _heads[first];
            long end = _ends[first];
            if (head == end)
                return count;
            MergeInput<T> input = _inputs[first];
            long time = _bounds[first];

            // Of equal times the lower index comes first. One event is due at least.
            do
            {
                _batch[count++] = input[head++];
                time = head < end ? input[head].VirtualTime : Math.Max(time, _progress[first]);
            }
            while (head < end && count < BatchSize && (time < limit || (time == limit && first < limitIndex)));
            _heads[first] = head;
            _bounds[first] = time;
        }

        return count;
    }

    /// <summary>The input whose next event comes first, and the least that may come next from another.</summary>
    private int FindFirst(out long limit, out int limitIndex)
    {
        int first = 0;
        (limit, limitIndex) = (long.MaxValue, int.MaxValue);
        for (int index = 1; index < _bounds.Length; index++)
        {
            if (_bounds[index] < _bounds[first])
                (limit, limitIndex, first) = (_bounds[first], first, index);
            else if (_bounds[index] < limit)
                (limit, limitIndex) = (_bounds[index], index);
        }

        return first;
    }
}
