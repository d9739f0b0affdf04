using System.Diagnostics;
using Engine.Diagnostics;
using Engine.Emulator.Cpu;
using Engine.Events.Vm;
using Engine.Hosting;

namespace Engine.Emulator.Profiling;

/// <summary>
/// Draws a machine's run as a trace in the machine's own time: a track each for the functions, for traps and for the privilege modes of
/// the hart, and counters. A function is drawn if it takes at least <see cref="LeastInstructions"/>, what it calls included; traps and
/// modes are all drawn.
/// </summary>
/// <remarks>
/// A function is written when it has taken that long, and its callers, who have taken longer, before it: so each track is written in
/// the order of its time.
/// </remarks>
internal sealed class GuestTrace : ICallObserver, IMachineWatch
{
    /// <summary>Instructions that a function takes at least to be drawn.</summary>
    public const ulong LeastInstructions = 1_000;

    private const ulong InstructionsPerSample = 1 << 20;
    private const ulong NanosecondsPerTick = 100;

    private readonly Machine _machine;
    private readonly EventEngine? _engine;
    private readonly PerfettoWriter _writer;
    private readonly Func<ulong, string> _functionName;
    private readonly Func<ulong, string> _trapName;
    private readonly Dictionary<ulong, string> _names = [];
    private Slice[] _slices = new Slice[64];
    private int _depth;
    private PrivilegeMode _mode;
    private ulong _trapCount;
    private ulong _nextSample;
    private ulong _sampledInstructions;
    private long _sampledAt = Stopwatch.GetTimestamp();

    /// <summary>Begins a trace of a machine that has not run yet.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="engine">The engine it publishes to, or null.</param>
    /// <param name="writer">Where the trace goes.</param>
    /// <param name="functionName">Names a function by its address.</param>
    /// <param name="trapName">Names a trap by its cause, with bit 63 for an interrupt.</param>
    public GuestTrace(
        Machine machine, EventEngine? engine, PerfettoWriter writer, Func<ulong, string> functionName, Func<ulong, string> trapName)
    {
        _machine = machine;
        _engine = engine;
        _writer = writer;
        _functionName = functionName;
        _trapName = trapName;
        GuestTracks.Describe(writer);
        _mode = machine.Hart.Mode;
        _writer.Begin(GuestTracks.Modes, NameOf(_mode), Now);
        Sample();
    }

    private struct Slice
    {
        public ulong Function;
        public ulong Retired;
        public ulong Idle;
        public bool IsTrap;
        public bool IsWritten;
    }

    private ulong Now => Nanoseconds(_machine.Hart.Retired, _machine.IdleTicks);

    /// <inheritdoc/>
    public void Entered(in CallFrame frame, ulong retired)
    {
        Push(frame, retired);
        if (!frame.IsTrap)
            return;
        _trapCount++;
        _slices[_depth - 1].IsWritten = true;
        _writer.Begin(GuestTracks.Traps, _trapName(frame.Target), Nanoseconds(retired, _machine.IdleTicks), _trapCount);
    }

    /// <inheritdoc/>
    public void Left(int depth, ulong retired)
    {
        ulong idle = _machine.IdleTicks;
        while (_depth > depth)
        {
            ref Slice slice = ref _slices[--_depth];
            if (slice.IsTrap)
            {
                if (slice.IsWritten)
                    _writer.End(GuestTracks.Traps, Nanoseconds(retired, idle));
                continue;
            }

            if (!slice.IsWritten && retired - slice.Retired < LeastInstructions)
                continue;
            if (!slice.IsWritten)
                WriteUpTo(_depth);
            _writer.End(GuestTracks.Functions, Nanoseconds(retired, idle));
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
        ulong now = Nanoseconds(retired, _machine.IdleTicks);
        _writer.End(GuestTracks.Modes, now);
        _writer.Begin(GuestTracks.Modes, NameOf(mode), now, byTrap ? _trapCount : 0);
    }

    /// <inheritdoc/>
    public void Polled()
    {
        if (_machine.Hart.Retired >= _nextSample)
            Sample();
    }

    /// <inheritdoc/>
    public void Idled(ulong ticks)
    {
        ulong retired = _machine.Hart.Retired;
        _writer.Begin(GuestTracks.Modes, "idle", Nanoseconds(retired, _machine.IdleTicks));
        _writer.End(GuestTracks.Modes, Nanoseconds(retired, _machine.IdleTicks + ticks));
    }

    /// <summary>Ends all slices when the run has ended.</summary>
    public void Finish()
    {
        Left(0, _machine.Hart.Retired);
        _writer.End(GuestTracks.Modes, Now);
        Sample();
    }

    private void Push(in CallFrame frame, ulong retired)
    {
        if (_depth == _slices.Length)
            Array.Resize(ref _slices, 2 * _depth);
        _slices[_depth++] = new Slice
        {
            Function = frame.Target,
            Retired = retired,
            Idle = _machine.IdleTicks,
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
            _writer.Begin(GuestTracks.Functions, NameOf(slice.Function), Nanoseconds(slice.Retired, slice.Idle));
        }
    }

    private void Sample()
    {
        ulong retired = _machine.Hart.Retired;
        _nextSample = retired + InstructionsPerSample;
        ulong now = Now;
        double seconds = Stopwatch.GetElapsedTime(_sampledAt).TotalSeconds;
        _sampledAt = Stopwatch.GetTimestamp();
        _writer.Count(GuestTracks.Instructions, retired, now);
        if (retired > _sampledInstructions && seconds > 0)
            _writer.Measure(GuestTracks.Mips, (retired - _sampledInstructions) / seconds / 1e6, now);
        _sampledInstructions = retired;
        _writer.Count(GuestTracks.PageFaults, (ulong)_machine.Traps.PageFaults, now);
        _writer.Count(GuestTracks.Exceptions, Sum(_machine.Traps.Exceptions), now);
        _writer.Count(GuestTracks.Interrupts, Sum(_machine.Traps.Interrupts), now);
        if (_engine is null)
            return;
        IReadOnlyList<EventTypeStatistics> types = _engine.GetStatistics().EventTypes;
        _writer.Count(GuestTracks.Published, (ulong)types.Sum(static type => type.Ledger.Published), now);
        _writer.Count(GuestTracks.Buffered, (ulong)types.Sum(static type => Math.Max(0, type.Ledger.Buffered)), now);
        _writer.Count(GuestTracks.Lost, (ulong)types.Sum(static type => type.Ledger.Lost), now);
    }

    private ulong Nanoseconds(ulong retired, ulong idleTicks)
    {
        var perTick = (ulong)_machine.Options.InstructionsPerTick;
        return ((idleTicks + (retired / perTick)) * NanosecondsPerTick) + (retired % perTick * NanosecondsPerTick / perTick);
    }

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
