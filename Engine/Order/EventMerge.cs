using Engine.Ring;

namespace Engine.Order;

/// <summary>
/// Merges the events of several producers. An event is delivered when no other producer can still publish one that comes before it:
/// each has a later event waiting, or has promised to publish none. <see cref="Pump"/> belongs to one thread.
/// </summary>
internal sealed class EventMerge
{
    private readonly MergeInput[] _inputs;

    // The merging thread's.
    private readonly MergePlace[] _places;
    private readonly MergeTree _tree;
    private volatile bool _hasEnded;
    private volatile bool _isCompleting;
    private volatile bool _isFinishing;
    private long _watermark = long.MinValue;

    /// <param name="createInputs">Makes the inputs, in the order in which events of one time come.</param>
    public EventMerge(Func<EventMerge, IEnumerable<MergeInput>> createInputs)
    {
        _inputs = [.. createInputs(this)];
        _places = new MergePlace[_inputs.Length];
        _tree = new MergeTree(_inputs.Length);
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

    /// <summary>Merger only: events that the last <see cref="Pump"/> saw for the first time.</summary>
    public long Arrived { get; private set; }

    /// <summary>Merger only: whether an input was half full or more when the last <see cref="Pump"/> looked.</summary>
    public bool IsFilling { get; private set; }

    /// <summary>Whether an event has come that the last <see cref="Pump"/> did not see.</summary>
    public bool HasNews
    {
        get
        {
            for (int index = 0; index < _inputs.Length; index++)
            {
                if (_inputs[index].Tail != _places[index].End)
                    return true;
            }

            return _hasEnded || _isFinishing;
        }
    }

    /// <summary>Delivers what is due. Returns how many events that were.</summary>
    public long Pump()
    {
        Look();
        long total = 0;
        int count;
        do
        {
            count = Gather(out MergeOutput? output);
            for (int index = 0; index < _inputs.Length; index++)
                _inputs[index].Advance(_places[index].Head);
            long watermark = _tree.Least;
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
        if (next == long.MaxValue)
            return false;
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

    private void Look()
    {
        (Arrived, IsFilling) = (0, false);
        for (int index = 0; index < _inputs.Length; index++)
        {
            MergeInput input = _inputs[index];
            ref MergePlace place = ref _places[index];
            // In this order; see MergeInput.
            place.Progress = _isCompleting ? long.MaxValue : input.Producer.Progress;
            long end = input.Tail;
            Arrived += end - place.End;
            IsFilling |= end - place.Head >= (input.Capacity + 1) / 2;
            place.End = end;
            _tree.Set(index, place.Head < end ? input.TimeAt(place.Head) : place.Progress);
        }

        _tree.Play();
    }

    /// <summary>Gathers events of one type that lie in a row. Returns how many; none where nothing is due.</summary>
    private int Gather(out MergeOutput? output)
    {
        int first = _tree.First;
        output = null;
        if (_places[first].Head == _places[first].End)
        {
            // An input that has ended stands at the end of time, and would for ever come before events of that time behind it.
            if (_tree.Least < long.MaxValue)
                return 0;
            first = Array.FindIndex(_places, static place => place.Head < place.End);
            if (first < 0)
                return 0;
        }

        output = _inputs[first].Output;
        output.Gather(_inputs, _places, _tree, first);
        return output.Count;
    }
}
