using System.Text.Json;
using Engine.Emulator.Serving;
using Engine.Events.Vm;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Hosting;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Storage.Journals;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Shows a run in browsers: an event gateway with its page, beside the machine.</summary>
internal sealed class RunServer : IDisposable
{
    private const string Option = "--serve";
    private const string MachineId = "vm-1";

    private readonly GatewayHost _host;
    private readonly VmFeed _feed;
    private readonly ExecutionEventHandler _execution;
    private readonly RunRecorder? _recorder;
    private readonly ulong _maxInstructions;
    private readonly DateTimeOffset _begin;
    private PipelineFeed? _recording;
    private volatile Machine? _machine;

    private RunServer(GatewayHost host, EventEngine engine, ExecutionEventHandler execution, RunRecorder? recorder, ulong maxInstructions)
    {
        _host = host;
        _execution = execution;
        _recorder = recorder;
        _maxInstructions = maxInstructions;
        _begin = host.Gateway.TimeProvider.GetUtcNow();
        _feed = new VmFeed(host.Gateway, engine, MachineId);
    }

    /// <summary>
    /// Listens, and says where on standard error, so that standard output stays the guest's. Null if it is not asked for.
    /// </summary>
    /// <exception cref="UsageException">The address or a setting is not right.</exception>
    public static RunServer? Begin(
        EventEngine engine, ExecutionEventHandler execution, RunRecorder? recorder, RunSettings settings) =>
        settings.IsServed
            ? new RunServer(Listen(settings.ServeAddress, "run"), engine, execution, recorder, settings.MaxInstructions)
            : null;

    /// <summary>Listens, and says where.</summary>
    /// <param name="address">Where; null for the default.</param>
    /// <param name="shown">What is shown.</param>
    /// <exception cref="UsageException">The address or a setting is not right.</exception>
    public static GatewayHost Listen(string? address, string shown)
    {
        HostConfiguration configuration = HostConfiguration.Read([], []);
        GatewayHost host = GatewayHost.StartAsync(
            EmulatorCommandLine.Name, Option, GatewayHost.ReadAddress(Option, address, configuration), configuration,
            extension: null, CancellationToken.None).GetAwaiter().GetResult();
        ToolProgram.WriteError(EmulatorCommandLine.Name, $"the {shown} is shown at {host.Address}");
        return host;
    }

    /// <summary>Takes a byte of the guest's console, on the machine's thread.</summary>
    public void WriteConsole(byte value) => _feed.WriteConsole(value);

    /// <summary>The machine is about to run.</summary>
    public void Started(Machine machine, RunSymbols symbols)
    {
        _machine = machine;
        if (_recorder is { } recorder)
        {
            _recording = new PipelineFeed(
                _host.Gateway, "recording-" + Path.GetFileName(Path.TrimEndingDirectorySeparator(recorder.Directory)), _host.NodeId,
                ["record", "close"], () => ReadingOf(recorder.Statistics));
        }

        Publish(new ContainerStatus("created", "running", _host.NodeId, _recording?.PipelineId, "started", null, _begin, null));
        _feed.Start(MachineSource.Of(machine, _execution) with { FindSymbol = symbols.Find });
    }

    /// <summary>The machine has run, and its engine has stopped.</summary>
    public void Ended(MachineRunResult result)
    {
        _machine = null;
        _feed.StopAsync((long)result.RetiredInstructions).GetAwaiter().GetResult();
        Publish(new ContainerStatus(
            "running", "stopped", _host.NodeId, _recording?.PipelineId, Words(result.Reason), result.ExitCode, _begin,
            _host.Gateway.TimeProvider.GetUtcNow()));
        _recording?.NextStep();
    }

    /// <summary>The recording is closed.</summary>
    public void Recorded(JournalCloseReport report)
    {
        if (report.IsComplete)
            _recording?.Complete();
        else
            _recording?.Fail(report.Error?.Message ?? "The disk did not follow in time.");
    }

    /// <summary>Ends the streams, which get what is there, and the server.</summary>
    public void Dispose()
    {
        _recording?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _feed.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    // Where the run has no known end, nor has its share.
    private PipelineReading ReadingOf(JournalStatistics journal) => new(
        _maxInstructions == ulong.MaxValue || _machine is not { } machine ? 0 : (double)machine.RetiredInstructions / _maxInstructions,
        [
            new("events", journal.Recorded), new("bytes", journal.StoredBytes), new("bytes_pending", journal.PendingBytes),
            new("lost", journal.LostInRings + journal.Dropped),
        ]);

    private void Publish(ContainerStatus status) => _host.Gateway.Publish(status, MachineId);

    private static string Words(VCpuExitReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
