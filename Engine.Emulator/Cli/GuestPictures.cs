using Engine.Emulator.Cpu;
using Engine.Emulator.Guests;
using Engine.Emulator.Profiling;
using Engine.Hosting;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>The profile and the trace of a run, where they are asked for.</summary>
internal sealed class GuestPictures : IDisposable
{
    private const ulong InterruptBit = 1UL << 63;

    private readonly RunSettings _settings;
    private readonly RunSymbols _symbols;
    private readonly OutputFile? _profile;
    private readonly OutputFile? _trace;
    private FileStream? _spool;
    private PerfettoFile? _traceFile;
    private HartTrace[] _traces = [];
    private CallRecorder[] _calls = [];

    /// <summary>Finds out whether the files can be written.</summary>
    /// <exception cref="UsageException">They cannot.</exception>
    public GuestPictures(RunSettings settings, RunSymbols symbols, params IEnumerable<string?> others)
    {
        (_settings, _symbols) = (settings, symbols);
        string?[] taken = [.. others];
        _profile = OutputFile.Check("--profile", settings.ProfileFile, taken);
        _trace = OutputFile.Check("--trace", settings.TraceFile, [.. taken, settings.ProfileFile]);
    }

    private bool IsWanted => _profile is not null || _trace is not null;

    /// <summary>Begins to record a machine that has been loaded.</summary>
    /// <exception cref="UsageException">There is no room for a trace.</exception>
    public void Begin(Machine machine, EventEngine engine)
    {
        if (!IsWanted)
            return;
        if (_trace is not null)
        {
            _spool = SpoolFile.Open("--trace");
            _traceFile = new PerfettoFile(_spool);
            _traces = [.. machine.Cpus.Select(cpu => new HartTrace(
                machine, cpu.Hart.Number, engine, new PerfettoWriter(_traceFile, (ulong)cpu.Hart.Number + 1), _symbols.NameOf, TrapName))];
        }

        _calls = [.. machine.Cpus.Select(cpu => new CallRecorder(_traces.ElementAtOrDefault(cpu.Hart.Number)))];
        foreach (VirtualCpu cpu in machine.Cpus)
            cpu.Hart.Calls = _calls[cpu.Hart.Number];
    }

    /// <summary>Ends the trace when the run has ended, and before the machine is disposed.</summary>
    public void End()
    {
        foreach (HartTrace trace in _traces)
            trace.Finish();
    }

    /// <summary>Writes the files.</summary>
    /// <exception cref="UsageException">One cannot be written.</exception>
    public void Write()
    {
        if (_calls.Length == 0)
            return;
        if (_profile is not null)
        {
            var profile = new CallProfile([.. _calls.Select(static calls => calls.Root)], _symbols.NameOf);
            string name = Path.GetFileName(_settings.Elf ?? BundledGuest.Name);
            _profile.Write(Path.GetExtension(_profile.Path) switch
            {
                ".folded" => profile.WriteFolded,
                ".svg" => file => profile.WriteFlameGraph(file, name),
                _ => file => profile.WriteSpeedscope(file, name),
            });
        }

        if (_trace is null)
            return;
        if (_traceFile!.Failure is Exception failure)
            throw new UsageException($"--trace: {_trace.Path} cannot be written ({failure.Message.ReplaceLineEndings(" ")})");
        _trace.Write(file =>
        {
            _spool!.Position = 0;
            _spool.CopyTo(file);
        });
    }

    public void Dispose() => SpoolFile.Close(_spool);

    private static string TrapName(ulong cause) => (cause & InterruptBit) != 0
        ? $"{TrapNames.Interrupt((int)(cause & 0xFFFF))} interrupt"
        : TrapNames.Exception((int)cause);
}
