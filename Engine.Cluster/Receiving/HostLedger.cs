using Engine.Storage.Frames;

namespace Engine.Cluster.Receiving;

/// <summary>
/// What a hub has counted of one journal since it opened it: events, what is missing of each stream and why, and messages that were not
/// new. Written by one thread; what others read is a moment old.
/// </summary>
internal sealed class HostLedger
{
    // So that a host that makes up streams without end takes no memory without end.
    private const int MaxStreams = 4_096;

    private readonly Dictionary<FrameStream, long> _next = [];
    private readonly Dictionary<(string Vm, string EventType), (long Events, long Lost)> _types = [];
    private readonly Lock _lock = new();

    public long Frames { get; private set; }

    public long Events { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Events that the host itself lost, and named: rings, or a slow disk.</summary>
    public long LostAtHost { get; private set; }

    /// <summary>Events of frames that were lost by name on the way: the stream's next event shows how many.</summary>
    public long LostWithFrames { get; private set; }

    public long Duplicates { get; set; }

    public long Gaps { get; set; }

    public long Dropped { get; set; }

    public void Note(FrameHeader header)
    {
        lock (_lock)
        {
            Frames++;
            Events += header.Count;
            Bytes += header.FrameLength;
            if (header.Kind == FrameKind.Account)
                return;
            LostAtHost += header.LostBefore.Count;
            long first = header.LostBefore.Count > 0 ? header.LostBefore.FirstSequence : header.FirstSequence;
            long missing = _next.TryGetValue(header.Stream, out long next) ? Math.Max(0, first - next) : 0;
            LostWithFrames += missing;
            if (header.Kind == FrameKind.End)
                _next.Remove(header.Stream);
            else if (_next.Count < MaxStreams || _next.ContainsKey(header.Stream))
                _next[header.Stream] = header.EndSequence;
            Add((header.Stream.VmId ?? header.Stream.ProducerName, header.Stream.EventType), header.Count,
                header.LostBefore.Count + missing);
        }
    }

    /// <summary>Events by machine and type, with those that were lost.</summary>
    public IReadOnlyList<EventCount> Counts()
    {
        lock (_lock)
        {
            return
            [
                .. _types.Select(static entry =>
                    new EventCount(entry.Key.Vm, entry.Key.EventType, entry.Value.Events, entry.Value.Lost)),
            ];
        }
    }

    private void Add((string Vm, string EventType) key, long events, long lost)
    {
        if (!_types.TryGetValue(key, out (long Events, long Lost) known) && _types.Count >= MaxStreams)
            key = ("other", "other");
        _types.TryGetValue(key, out known);
        _types[key] = (known.Events + events, known.Lost + lost);
    }
}

/// <summary>How many events of a type a machine has had.</summary>
/// <param name="Machine">The machine, or the producer where there is none.</param>
/// <param name="EventType">The event type's name.</param>
/// <param name="Events">Events at the hub.</param>
/// <param name="Lost">Events that were lost, by name.</param>
public sealed record EventCount(string Machine, string EventType, long Events, long Lost);
