namespace Engine.Emulator.Profiling;

/// <summary>
/// Writes one sequence of a trace in Perfetto's format: packets of descriptors and track events, as its published <c>.proto</c> files
/// number them. Names that repeat are written once. Not thread-safe; each thread has a sequence of its own.
/// </summary>
/// <param name="file">Where packets go, many at once.</param>
/// <param name="sequence">Number of the sequence, from 1; each writer of a file has another.</param>
internal sealed class PerfettoWriter(PerfettoFile file, ulong sequence)
{
    // Fields of Trace and TracePacket.
    private const int Packet = 1;
    private const int Timestamp = 8;
    private const int SequenceId = 10;
    private const int TrackEvent = 11;
    private const int InternedData = 12;
    private const int SequenceFlags = 13;
    private const int TrackDescriptor = 60;

    // Fields of TrackDescriptor and what it contains.
    private const int Uuid = 1;
    private const int TrackName = 2;
    private const int Process = 3;
    private const int Counter = 8;
    private const int ParentUuid = 5;
    private const int ProcessId = 1;
    private const int ProcessName = 6;
    private const int UnitName = 6;

    // Fields of TrackEvent and InternedData.
    private const int EventType = 9;
    private const int EventNameId = 10;
    private const int EventTrack = 11;
    private const int EventValue = 30;
    private const int EventRealValue = 44;
    private const int EventFlow = 47;
    private const int EventNames = 2;
    private const int InternedId = 1;
    private const int InternedName = 2;

    private const ulong SliceBegin = 1;
    private const ulong SliceEnd = 2;
    private const ulong CounterValue = 4;
    private const ulong StateCleared = 1;
    private const ulong NeedsState = 2;
    private const int BytesAtOnce = 32 * 1024;

    private readonly ProtobufBuffer _buffer = new();
    private readonly Dictionary<string, ulong> _names = new(StringComparer.Ordinal);
    private bool _isFirst = true;

    /// <summary>Describes the process that all tracks belong to.</summary>
    public void DescribeProcess(ulong track, string name)
    {
        int packet = BeginPacket();
        int descriptor = _buffer.Begin(TrackDescriptor);
        _buffer.Number(Uuid, track);
        int process = _buffer.Begin(Process);
        _buffer.Number(ProcessId, 1);
        _buffer.Text(ProcessName, name);
        _buffer.End(process);
        _buffer.End(descriptor);
        EndPacket(packet);
    }

    /// <summary>Describes a track of slices, or of a counter where there is a unit.</summary>
    public void DescribeTrack(ulong track, ulong parent, string name, string? unit = null)
    {
        int packet = BeginPacket();
        int descriptor = _buffer.Begin(TrackDescriptor);
        _buffer.Number(Uuid, track);
        _buffer.Number(ParentUuid, parent);
        _buffer.Text(TrackName, name);
        if (unit is not null)
        {
            int counter = _buffer.Begin(Counter);
            _buffer.Text(UnitName, unit);
            _buffer.End(counter);
        }

        _buffer.End(descriptor);
        EndPacket(packet);
    }

    /// <summary>Begins a slice.</summary>
    /// <param name="track">Its track.</param>
    /// <param name="name">Its name.</param>
    /// <param name="nanoseconds">When.</param>
    /// <param name="flow">A number that slices share which lead to each other, or 0.</param>
    public void Begin(ulong track, string name, ulong nanoseconds, ulong flow = 0)
    {
        int packet = BeginPacket();
        _buffer.Number(Timestamp, nanoseconds);
        if (!_names.TryGetValue(name, out ulong id))
        {
            id = (ulong)_names.Count + 1;
            _names.Add(name, id);
            int data = _buffer.Begin(InternedData);
            int entry = _buffer.Begin(EventNames);
            _buffer.Number(InternedId, id);
            _buffer.Text(InternedName, name);
            _buffer.End(entry);
            _buffer.End(data);
        }

        int trackEvent = _buffer.Begin(TrackEvent);
        _buffer.Number(EventType, SliceBegin);
        _buffer.Number(EventTrack, track);
        _buffer.Number(EventNameId, id);
        if (flow != 0)
            _buffer.Fixed(EventFlow, flow);
        _buffer.End(trackEvent);
        EndPacket(packet);
    }

    /// <summary>Ends the last slice of a track that was begun and has not ended.</summary>
    public void End(ulong track, ulong nanoseconds)
    {
        int packet = BeginPacket();
        _buffer.Number(Timestamp, nanoseconds);
        int trackEvent = _buffer.Begin(TrackEvent);
        _buffer.Number(EventType, SliceEnd);
        _buffer.Number(EventTrack, track);
        _buffer.End(trackEvent);
        EndPacket(packet);
    }

    /// <summary>Sets a counter.</summary>
    public void Count(ulong track, ulong value, ulong nanoseconds)
    {
        int packet = BeginPacket();
        _buffer.Number(Timestamp, nanoseconds);
        int trackEvent = _buffer.Begin(TrackEvent);
        _buffer.Number(EventType, CounterValue);
        _buffer.Number(EventTrack, track);
        _buffer.Number(EventValue, value);
        _buffer.End(trackEvent);
        EndPacket(packet);
    }

    /// <summary>Sets a counter to a fraction.</summary>
    public void Measure(ulong track, double value, ulong nanoseconds)
    {
        int packet = BeginPacket();
        _buffer.Number(Timestamp, nanoseconds);
        int trackEvent = _buffer.Begin(TrackEvent);
        _buffer.Number(EventType, CounterValue);
        _buffer.Number(EventTrack, track);
        _buffer.Real(EventRealValue, value);
        _buffer.End(trackEvent);
        EndPacket(packet);
    }

    /// <summary>Hands over what has been written.</summary>
    public void Flush()
    {
        file.Write(_buffer.Written);
        _buffer.Clear();
    }

    private int BeginPacket()
    {
        int packet = _buffer.Begin(Packet);
        _buffer.Number(SequenceId, sequence);
        _buffer.Number(SequenceFlags, _isFirst ? StateCleared | NeedsState : NeedsState);
        _isFirst = false;
        return packet;
    }

    private void EndPacket(int packet)
    {
        _buffer.End(packet);
        if (_buffer.Length >= BytesAtOnce)
            Flush();
    }
}
