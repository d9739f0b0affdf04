using System.Text.Json;
using Engine.Emulator.Serving;
using Engine.Events.Vm;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Hosting;
using Engine.Handlers.Vm;
using Engine.Hosting;
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
    private readonly DateTimeOffset _begin;

    private RunServer(GatewayHost host, EventEngine engine, ExecutionEventHandler execution)
    {
        _host = host;
        _execution = execution;
        _begin = host.Gateway.TimeProvider.GetUtcNow();
        _feed = new VmFeed(host.Gateway, engine, MachineId);
    }

    /// <summary>
    /// Listens, and says where on standard error, so that standard output stays the guest's. Null if it is not asked for.
    /// </summary>
    /// <exception cref="UsageException">The address or a setting is not right.</exception>
    public static RunServer? Begin(EventEngine engine, ExecutionEventHandler execution, RunSettings settings)
    {
        if (!settings.IsServed)
            return null;
        HostConfiguration configuration = HostConfiguration.Read([], []);
        GatewayHost host = GatewayHost.StartAsync(
            EmulatorCommandLine.Name, Option, GatewayHost.ReadAddress(Option, settings.ServeAddress, configuration), configuration,
            extension: null, CancellationToken.None).GetAwaiter().GetResult();
        ToolProgram.WriteError(EmulatorCommandLine.Name, $"the run is shown at {host.Address}");
        return new RunServer(host, engine, execution);
    }

    /// <summary>Takes a byte of the guest's console, on the machine's thread.</summary>
    public void WriteConsole(byte value) => _feed.WriteConsole(value);

    /// <summary>The machine is about to run.</summary>
    public void Started(Machine machine, RunSymbols symbols)
    {
        Publish(new ContainerStatus("created", "running", _host.NodeId, null, "started", null, _begin, null));
        _feed.Start(MachineSource.Of(machine, _execution) with { FindSymbol = symbols.Find });
    }

    /// <summary>The machine has run, and its engine has stopped.</summary>
    public void Ended(MachineRunResult result)
    {
        _feed.StopAsync((long)result.RetiredInstructions).GetAwaiter().GetResult();
        Publish(new ContainerStatus(
            "running", "stopped", _host.NodeId, null, Words(result.Reason), result.ExitCode, _begin,
            _host.Gateway.TimeProvider.GetUtcNow()));
    }

    /// <summary>Ends the streams, which get what is there, and the server.</summary>
    public void Dispose()
    {
        _feed.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _host.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private void Publish(ContainerStatus status) => _host.Gateway.Publish(status, MachineId);

    private static string Words(VCpuExitReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}
