using Engine.Bus;
using Engine.Emulator;
using Engine.Emulator.Loading;
using Engine.Emulator.Serving;
using Engine.Events.Vm;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Streams;
using Engine.Hosting;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Machines;

/// <summary>
/// Runs a guest on a thread of its own, again and again, and publishes how it fares: the machine's life as events of a container,
/// and what it does as <c>vm_*</c>.
/// </summary>
internal sealed class MachineHost : IAsyncDisposable
{
    public const string MachineId = "vm-1";

    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly EventGateway _gateway;
    private readonly IEventBus _bus;
    private readonly MachineImage _image;
    private readonly string _nodeId;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Machine? _machine;
    private Task? _task;

    public MachineHost(EventGateway gateway, IEventBus bus, MachineImage image, string nodeId, ILogger<MachineHost> logger) =>
        (_gateway, _bus, _image, _nodeId, _logger) = (gateway, bus, image, nodeId, logger);

    public void Start() => _task = Task.Factory.StartNew(
        RunAgainAndAgain, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Ends the guest, and waits until its last events have been handled.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        lock (_lock)
            Stop(_machine);
        if (_task is not null)
            await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void RunAgainAndAgain()
    {
        string before = "created";
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Run(before);
                before = "stopped";
            }
            catch (Exception error)
            {
                MachineLog.Failed(_logger, MachineId, error);
                Publish(new ContainerStatus(
                    before, "failed", _nodeId, null, error.GetType().Name, null, null, _gateway.TimeProvider.GetUtcNow()));
                before = "failed";
            }

            WaitForRestart();
        }
    }

    private void WaitForRestart()
    {
        try
        {
            Task.Delay(RestartDelay, _gateway.TimeProvider, _stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            // It ends instead.
        }
    }

    private void Run(string before)
    {
        DateTimeOffset started = _gateway.TimeProvider.GetUtcNow();
        EventEngine engine = new EngineBuilder().AddVmEvents().Configure(static options => options.Name = MachineId).Build();
        var feed = new VmFeed(_gateway, engine, MachineId);
        try
        {
            MachineRunResult result = RunOn(engine, feed, () => PublishRunning(before, started));
            engine.StopAsync(DrainTime).GetAwaiter().GetResult();
            feed.StopAsync((long)result.RetiredInstructions).GetAwaiter().GetResult();
            string reason = Words(result.Reason);
            Publish(new ContainerStatus(
                "running", "stopped", _nodeId, null, reason, result.ExitCode, started, _gateway.TimeProvider.GetUtcNow()));
            MachineLog.Ended(_logger, MachineId, reason, result.ExitCode, result.RetiredInstructions);
        }
        finally
        {
            // Where the run has failed, the engine still has its threads.
            engine.StopAsync(DrainTime).GetAwaiter().GetResult();
            feed.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private MachineRunResult RunOn(EventEngine engine, VmFeed feed, Action onRunning)
    {
        using var board = new VirtBoard(
            new VirtBoardOptions
            {
                Machine = new MachineOptions { RamSize = _image.RamSize, FollowsHostClock = true },
                ConsoleOutput = feed.WriteConsole,
            },
            engine);
        LoadedGuest guest = board.LoadElf(_image.Elf, _image.Name);
        board.Boot(guest.EntryPoint);
        engine.Start();
        lock (_lock)
            _machine = board.Machine;
        try
        {
            onRunning();
            if (_stop.IsCancellationRequested)
                Stop(board.Machine);
            feed.Start(MachineSource.Of(board.Machine, execution: null, _image.Elf, _image.Name));
            return board.Machine.Run();
        }
        finally
        {
            lock (_lock)
                _machine = null;
        }
    }

    private void PublishRunning(string before, DateTimeOffset started)
    {
        Publish(new ContainerStatus(before, "running", _nodeId, null, "started", null, started, null));
        MachineLog.Started(_logger, MachineId, _image.Name);
    }

    private void Publish(ContainerStatus status) =>
        _bus.Publish(status, new EventIds { Details = new EventDetails { Key = MachineId, Source = _nodeId } });

    private static void Stop(Machine? machine)
    {
        try
        {
            machine?.RequestStop();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private static string Words(VCpuExitReason reason) =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());
}

/// <summary>What a machine runs.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Elf">The ELF file's contents.</param>
/// <param name="RamSize">Bytes of RAM.</param>
internal sealed record MachineImage(string Name, ReadOnlyMemory<byte> Elf, ulong RamSize = 128UL << 20);
