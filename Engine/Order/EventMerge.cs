using Engine.Ring;

namespace Engine.Order;

/// <summary>
/// Merges the events of several producers. An event is delivered when no other producer can still publish one that comes before it:
/// each has a later event waiting, or has promised to publish none. <see cref="Pump"/> belongs to one thread.
/// </summary>
internal sealed class EventMerge
{
    private readonly MergeInput[] _inputs;

    // Merger only: the next position of each input, the end of what may be taken, and the least time of what comes next.
    private readonly long[] _heads;
    private readonly long[] _ends;
    private readonly long[] _bounds;
    private readonly long[] _progress;
    private volatile bool _hasEnded;
    private volatile bool _isCompleting;
    private volatile bool _isFinishing;
    private long _watermark = long.MinValue;

    /// <param name="createInputs">Makes the inputs, in the order in which events of one time come.</param>
    public EventMerge(Func<EventMerge, IEnumerable<MergeInput>> createInputs)
    {
        _inputs = [.. createInputs(this)];
        _heads = new long[_inputs.Length];
        _ends = new long[_inputs.Length];
        _bounds = new long[_inputs.Length];
        _progress = new long[_inputs.Length];
    }

    public IReadOnlyList<MergeInput> Inputs => _inputs;

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
    public long Pump()
    {
        for (int index = 0; index < _inputs.Length; index++)
        {
            // In this order; see MergeInput.
            _progress[index] = _isCompleting ? long.MaxValue : _inputs[index].Producer.Progress;
            _ends[index] = _inputs[index].Tail;
            _bounds[index] = _heads[index] < _ends[index] ? _inputs[index].TimeAt(_heads[index]) : _progress[index];
        }

        long total = 0;
        int count;
        do
        {
            count = Gather(out MergeOutput? output);
            for (int index = 0; index < _inputs.Length; index++)
                _inputs[index].Advance(_heads[index]);
            long watermark = long.MaxValue;
            foreach (long bound in _bounds)
                watermark = Math.Min(watermark, bound);
            if (!_hasEnded)
                output?.Deliver(watermark);
            Volatile.Write(ref _watermark, watermark);
            total += count;
        }
        while (count > 0 && !_hasEnded);
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
        foreach (MergeInput input in _inputs)
            input.Interrupt();
    }

    /// <summary>Whether what an input waits for can only come from the thread that calls.</summary>
    public bool IsHeldBackByCaller(MergeInput full)
    {
        int self = Environment.CurrentManagedThreadId;
        long next = full.TimeAt(full.Head);
        foreach (MergeInput input in _inputs)
        {
            if (input == full || (input.Producer != full.Producer && input.Producer.ProgressThreadId != self))
                continue;
            long progress = input.Producer.Progress;
            bool comesFirst = progress < next || (progress == next && input.Index < full.Index);
            if (comesFirst && input.Tail == input.Head)
                return true;
        }

        return false;
    }

    /// <summary>Gathers events of one type that lie in a row. Returns how many; none where nothing is due.</summary>
    private int Gather(out MergeOutput? output)
    {
        output = null;
        while (output is null || output.Count < MergeOutput.BatchSize)
        {
            int first = FindFirst(out long limit, out int limitIndex);
            MergeInput input = _inputs[first];
            if (_heads[first] == _ends[first] || (output is not null && output != input.Output))
                break;
            output = input.Output;
            input.Take(ref _heads[first], _ends[first], limit, first < limitIndex, ref _bounds[first], _progress[first]);
        }

        return output?.Count ?? 0;
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
