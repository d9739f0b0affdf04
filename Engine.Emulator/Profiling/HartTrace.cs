using System.Diagnostics;
using Engine.Diagnostics;
using Engine.Emulator.Cpu;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Emulator.Profiling;

/// <summary>
/// Draws the run of a hart as a trace in the hart's own time: a track each for functions, traps and privilege modes, and counters.
/// A function is drawn if it takes at least <see cref="LeastInstructions"/>, what it calls included; traps and modes are all drawn.
/// </summary>
/// <remarks>
/// A function is written when it has taken that long, and its callers, who have taken longer, before it: so each track is written in
/// the order of its time.
/// </remarks>
internal sealed class HartTrace : IHartObserver
{
    /// <summary>Instructions that a function takes at least to be drawn.</summary>
    public const ulong LeastInstructions = 1_000;

    private const ulong InstructionsPerSample = 1 << 20;
    private const ulong NanosecondsPerTick = 100;

    private readonly Hart _hart;
    private readonly HartTracks _tracks;
    private readonly ulong _cyclesPerTick;
    private readonly EventEngine? _engine;
    private readonly PerfettoWriter _writer;
    private readonly Func<ulong, string> _functionName;
    private readonly Func<ulong, string> _trapName;
    private readonly Dictionary<ulong, string> _names = [];
    private Slice[] _slices = new Slice[64];
    private int _depth;
    private PrivilegeMode _mode;
    private ulong _trapCount;
    private ulong _waitedFrom;
    private ulong _waitedUntil;
    private ulong _nextSample;
    private ulong _sampledInstructions;
    private long _sampledAt = Stopwatch.GetTimestamp();

    /// <summary>Begins a trace of a hart that has not run yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="hart">Number of the hart. Hart 0 tells of the engine too.</param>
    /// <param name="engine">The engine it publishes to, or null.</param>
    /// <param name="writer">Where the trace goes; for this hart only.</param>
    /// <param name="functionName">Names a function by its address; may be called by several threads.</param>
    /// <param name="trapName">Names a trap by its cause, with bit 63 for an interrupt.</param>
    public HartTrace(
        Machine machine, int hart, EventEngine? engine, PerfettoWriter writer, Func<ulong, string> functionName,
        Func<ulong, string> trapName)
    {
        _hart = machine.Cpus[hart].Hart;
        _cyclesPerTick = (ulong)machine.Options.InstructionsPerTick;
        _engine = hart == 0 ? engine : null;
        _writer = writer;
        _functionName = functionName;
        _trapName = trapName;
        if (hart == 0)
            HartTracks.DescribeCommon(writer);
        _tracks = new HartTracks(hart);
        _tracks.Describe(writer);
        _mode = _hart.Mode;
        _writer.Begin(_tracks.Modes, NameOf(_mode), Now);
        Sample();
    }

    private struct Slice
    {
        public ulong Function;
        public ulong Retired;
        public ulong Waited;
        public bool IsTrap;
        public bool IsWritten;
    }

    private ulong Now => Nanoseconds(_hart.Cycles);

    /// <inheritdoc/>
    public void Entered(in CallFrame frame, ulong retired)
    {
        Push(frame, retired);
        if (!frame.IsTrap)
            return;
        _trapCount++;
        _slices[_depth - 1].IsWritten = true;
        _writer.Begin(_tracks.Traps, _trapName(frame.Target), Nanoseconds(retired + _hart.Waited), FlowOf(_trapCount));
    }

    /// <inheritdoc/>
    public void Left(int depth, ulong retired)
    {
        ulong now = Nanoseconds(retired + _hart.Waited);
        while (_depth > depth)
        {
            ref Slice slice = ref _slices[--_depth];
            if (slice.IsTrap)
            {
                if (slice.IsWritten)
                    _writer.End(_tracks.Traps, now);
                continue;
            }

            if (!slice.IsWritten && retired - slice.Retired < LeastInstructions)
                continue;
            if (!slice.IsWritten)
                WriteUpTo(_depth);
            _writer.End(_tracks.Functions, now);
        }
    }

    /// <inheritdoc/>
    public void Switched(ReadOnlySpan<CallFrame> frames, ulong retired)
    {
        Left(0, retired);
        foreach (ref readonly CallFrame frame in frames)
            Push(frame, retired);
    }

    /// <inheritdoc/>
    public void ModeChanged(PrivilegeMode mode, ulong retired)
    {
        if (mode == _mode)
            return;
        bool byTrap = mode > _mode;
        _mode = mode;
        WriteWait();
        ulong now = Nanoseconds(retired + _hart.Waited);
        _writer.End(_tracks.Modes, now);
        _writer.Begin(_tracks.Modes, NameOf(mode), now, byTrap ? FlowOf(_trapCount) : 0);
    }

    /// <inheritdoc/>
    public void Polled()
    {
        if (_hart.Retired >= _nextSample)
            Sample();
    }

    /// <inheritdoc/>
    public void Waited(ulong cycles)
    {
        ulong from = _hart.Cycles;
        if (from != _waitedUntil)
        {
            WriteWait();
            _waitedFrom = from;
        }

        _waitedUntil = from + cycles;
    }

    /// <summary>Ends all slices when the run has ended, and hands over all that was written.</summary>
    public void Finish()
    {
        Left(0, _hart.Retired);
        WriteWait();
        _writer.End(_tracks.Modes, Now);
        Sample();
        _writer.Flush();
    }

    // A wait may consist of many turns of other harts.
    private void WriteWait()
    {
        if (_waitedUntil == _waitedFrom)
            return;
        _writer.Begin(_tracks.Modes, "idle", Nanoseconds(_waitedFrom));
        _writer.End(_tracks.Modes, Nanoseconds(_waitedUntil));
        _waitedFrom = _waitedUntil;
    }

    // Flows of different harts must not meet.
    private ulong FlowOf(ulong trap) => (trap * MachineOptions.MaxHarts) + (ulong)_hart.Number;

    private void Push(in CallFrame frame, ulong retired)
    {
        if (_depth == _slices.Length)
            Array.Resize(ref _slices, 2 * _depth);
        _slices[_depth++] = new Slice
        {
            Function = frame.Target,
            Retired = retired,
            Waited = _hart.Waited,
            IsTrap = frame.IsTrap,
        };
    }

    /// <summary>Writes the beginnings of a function and of those of its callers that have not been written.</summary>
    private void WriteUpTo(int last)
    {
        int first = last;
        while (first > 0 && (_slices[first - 1].IsTrap || !_slices[first - 1].IsWritten))
            first--;
        for (int index = first; index <= last; index++)
        {
            ref Slice slice = ref _slices[index];
            if (slice.IsTrap || slice.IsWritten)
                continue;
            slice.IsWritten = true;
            _writer.Begin(_tracks.Functions, NameOf(slice.Function), Nanoseconds(slice.Retired + slice.Waited));
        }
    }

    private void Sample()
    {
        ulong retired = _hart.Retired;
        _nextSample = retired + InstructionsPerSample;
        ulong now = Now;
        double seconds = Stopwatch.GetElapsedTime(_sampledAt).TotalSeconds;
        _sampledAt = Stopwatch.GetTimestamp();
        _writer.Count(_tracks.Instructions, retired, now);
        if (retired > _sampledInstructions && seconds > 0)
            _writer.Measure(_tracks.Mips, (retired - _sampledInstructions) / seconds / 1e6, now);
        _sampledInstructions = retired;
        _writer.Count(_tracks.PageFaults, (ulong)_hart.Statistics.PageFaults, now);
        _writer.Count(_tracks.Exceptions, Sum(_hart.Statistics.Exceptions), now);
        _writer.Count(_tracks.Interrupts, Sum(_hart.Statistics.Interrupts), now);
        if (_engine is null)
            return;
        IReadOnlyList<EventTypeStatistics> types = _engine.GetStatistics().EventTypes;
        _writer.Count(HartTracks.Published, (ulong)types.Sum(static type => type.Ledger.Published), now);
        _writer.Count(HartTracks.Buffered, (ulong)types.Sum(static type => Math.Max(0, type.Ledger.Buffered)), now);
        _writer.Count(HartTracks.Lost, (ulong)types.Sum(static type => type.Ledger.Lost), now);
    }

    private ulong Nanoseconds(ulong cycles) =>
        (cycles / _cyclesPerTick * NanosecondsPerTick) + (cycles % _cyclesPerTick * NanosecondsPerTick / _cyclesPerTick);

    private string NameOf(ulong function)
    {
        if (!_names.TryGetValue(function, out string? name))
            _names.Add(function, name = _functionName(function));
        return name;
    }

    private static string NameOf(PrivilegeMode mode) => mode switch
    {
        PrivilegeMode.User => "U",
        PrivilegeMode.Supervisor => "S",
        _ => "M",
    };

    private static ulong Sum(ReadOnlySpan<long> counts)
    {
        ulong sum = 0;
        foreach (long count in counts)
            sum += (ulong)count;
        return sum;
    }
}
