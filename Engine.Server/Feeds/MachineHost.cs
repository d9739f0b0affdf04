using Engine.Bus;
using Engine.Emulator;
using Engine.Emulator.Loading;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Server.Events;
using Engine.Server.Streams;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Feeds;

/// <summary>
/// Runs a guest on a thread of its own, again and again, and publishes how it fares: the machine's life as events of a container,
/// and what it does as <c>vm_*</c>.
/// </summary>
internal sealed class MachineHost : IAsyncDisposable
{
    public const string MachineId = "vm-1";

    private static readonly TimeSpan FastPeriod = TimeSpan.FromMilliseconds(500);
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
                before = Run(before);
            }
            catch (Exception error)
            {
                MachineLog.Failed(_logger, MachineId, error);
            }

            if (_stop.Token.WaitHandle.WaitOne(RestartDelay))
                return;
        }
    }

    private string Run(string before)
    {
        DateTimeOffset started = _gateway.TimeProvider.GetUtcNow();
        var console = new ConsoleTail();
        EventEngine engine = new EngineBuilder().AddVmEvents().Configure(static options => options.Name = MachineId).Build();
        using var feed = new MachineFeed(engine, console, _gateway.TimeProvider);
        MachineRunResult result;
        using (var board = new VirtBoard(
            new VirtBoardOptions
            {
                Machine = new MachineOptions { RamSize = _image.RamSize, FollowsHostClock = true },
                ConsoleOutput = console.Write,
            },
            engine))
        {
            feed.Machine = board.Machine;
            LoadedGuest guest = board.LoadElf(_image.Elf, _image.Name);
            board.Boot(guest.EntryPoint);
            engine.Start();
            lock (_lock)
                _machine = board.Machine;
            Publish(new ContainerStatus(before, "running", _nodeId, null, "started", null, started, null));
            MachineLog.Started(_logger, MachineId, _image.Name);
            result = RunWatched(board.Machine, feed);
            lock (_lock)
                _machine = null;
            board.Dispose();
            engine.StopAsync(DrainTime).GetAwaiter().GetResult();
            PublishFigures(feed, "stopped");
        }

        string reason = Words(result.Reason);
        Publish(new ContainerStatus(
            "running", "stopped", _nodeId, null, reason, result.ExitCode, started, _gateway.TimeProvider.GetUtcNow()));
        MachineLog.Ended(_logger, MachineId, reason, result.ExitCode, result.RetiredInstructions);
        return "stopped";
    }

    private MachineRunResult RunWatched(Machine machine, MachineFeed feed)
    {
        if (_stop.IsCancellationRequested)
            Stop(machine);
        long count = 0;
        var watch = new PeriodicFeed(FastPeriod, _gateway.TimeProvider, () =>
        {
            PublishConsole(feed);
            if (count++ % 2 == 0)
                _gateway.Publish(feed.TakeRates("running"), MachineId);
            if (count % 4 == 0)
                PublishFigures(feed, state: null);
        });
        try
        {
            return machine.Run();
        }
        finally
        {
            watch.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void PublishFigures(MachineFeed feed, string? state)
    {
        PublishConsole(feed);
        if (state is not null)
            _gateway.Publish(feed.TakeRates(state), MachineId);
        _gateway.Publish(feed.TakeHotBlocks(), MachineId);
        _gateway.Publish(feed.TakeFaults(), MachineId);
    }

    private void PublishConsole(MachineFeed feed)
    {
        if (feed.TakeConsole() is { } text)
            _gateway.Publish(text, MachineId);
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
