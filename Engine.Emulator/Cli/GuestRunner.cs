using System.Diagnostics;
using System.Net.Sockets;
using Engine.Emulator.Debugging;
using Engine.Emulator.Devices;
using Engine.Emulator.Devices.Virtio;
using Engine.Emulator.Guests;
using Engine.Emulator.Loading;
using Engine.Events;
using Engine.Hosting;
using Engine.Storage.Journals;
using Engine.Subscriptions;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>Carries out one run: builds engine and machine, shows the run, and reports on it.</summary>
internal sealed class GuestRunner(RunSettings settings)
{
    public int Run()
    {
        StandardStreams.RequireOutput();
        string?[] inputs =
        [
            settings.Elf, settings.Disk, settings.InitialRamDisk, settings.Kernel?.Path,
            .. settings.RawImages.Select(static image => image.Path),
        ];
        OutputFile? statistics = OutputFile.Check("--stats", settings.StatisticsFile, inputs);
        var symbols = new RunSymbols(settings.SymbolFiles);
        using var pictures = new GuestPictures(settings, symbols, [.. inputs, settings.StatisticsFile]);
        RunTimeline? timeline = RunTimeline.Check(
            settings, [.. inputs, settings.StatisticsFile, settings.ProfileFile, settings.TraceFile]);
        using OrderFile? order = OrderFile.Check(
            settings, [.. inputs, settings.StatisticsFile, settings.ProfileFile, settings.TraceFile, settings.TimelineFile]);
        using FileBlockStorage? disk = settings.Disk is null ? null : GuestFile.OpenDisk(settings.Disk, settings.IsDiskReadOnly);
        EventEngine engine = new EngineBuilder().AddVmEvents()
            .Configure(static options => options.OnHandlerError = static error => ToolProgram.WriteError(
                EmulatorCommandLine.Name,
                $"{error.SubscriptionName} failed at {error.EventType.Name} {error.FirstSequence}: {error.Exception.Message}"))
            .Build();
        BoundedEvents? bounded = settings.Boundaries.AreSet ? new BoundedEvents(engine, settings.Boundaries, settings.HartCount) : null;
        IEventSubscriptions events = (IEventSubscriptions?)bounded ?? engine;
        var observers = new RunObservers(events, [.. settings.EventNames.Where(IsHandledFully)]);
        SlowHandlers.Subscribe(engine, [.. settings.SlowHandlers.Where(slow => IsHandledFully(slow.EventName))]);
        DegradingEvents? degrading = DegradingEvents.Begin(engine, settings);
        RewindCheck? rewinds = RewindCheck.Begin(engine, settings);
        using RunRecorder? recorder = RunRecorder.Begin(events, settings);
        using RunServer? server = BeginServing(engine, observers, recorder);
        IRunView view = CreateView();
        var input = new ConsoleInput();
        Action<byte> output = server is null ? view.WriteConsole : value =>
        {
            view.WriteConsole(value);
            server.WriteConsole(value);
        };
        using VirtBoard board = CreateAndBoot(engine, input, output, disk, recorder, pictures, symbols);
        order?.Begin(board.Machine, engine);
        using GdbServer? debugger = ListenForDebugger(board.Machine, recorder);
        engine.Start();
        server?.Started(board.Machine, symbols);
        return RunBoard(board, engine, observers, view, input, statistics, new Companions(
            recorder, server, debugger, pictures, timeline, bounded, degrading, order, rewinds, symbols));
    }

    private bool IsHandledFully(string eventType) => !settings.Degrades || !DegradingEvents.Handles(eventType);

    private RunServer? BeginServing(EventEngine engine, RunObservers observers, RunRecorder? recorder)
    {
        try
        {
            return RunServer.Begin(engine, observers.Execution, recorder, settings);
        }
        catch
        {
            recorder?.Discard();
            throw;
        }
    }

    private int RunBoard(
        VirtBoard board, EventEngine engine, RunObservers observers, IRunView view, ConsoleInput input, OutputFile? statistics,
        Companions companions)
    {
        using var cancelKey = new CancelKey(board.Machine, engine);
        InputPump.Start(input);

        var progress = new RunProgress(
            board.Machine, engine, observers, companions.Recorder, companions.Degrading, companions.Order,
            companions.Symbols);
        MachineRunResult result;
        using (new GuestFunctionSampler(observers.Execution, companions.Symbols))
            result = view.Show(progress, () => Execute(board.Machine, progress, companions));

        companions.Pictures.End();
        BreakpointHit? hit = board.Machine.Hit;
        ulong[] retired = board.Machine.RetiredByHart;
        board.Dispose();
        companions.Order?.End();
        StopReport stop = cancelKey.StopAsync().GetAwaiter().GetResult();
        companions.Server?.Ended(result);
        JournalCloseReport? recorded = companions.Recorder?.Close(engine, result);
        if (recorded is not null)
            companions.Server?.Recorded(recorded);
        var report = new RunReport(result, progress.Elapsed, board.Machine.Traps, engine.GetStatistics(), [.. observers.Lines()],
            observers.Execution.GetHottestBlocks(8), companions.Symbols.Sum(observers.Execution.GetHottestBlocks(64), 8), stop,
            recorded is null ? null : RunRecorder.Line(companions.Recorder!.Directory, recorded),
            companions.Bounded?.CoverageLine,
            [.. companions.Degrading?.Lines() ?? [], .. OrderLines(companions)], hit);
        if (!settings.IsQuiet)
            PrintSummary(report);
        statistics?.Write(StatisticsFile.Text(report));
        companions.Pictures.Write();
        companions.Order?.Write();
        companions.Timeline?.Write(retired, hit, companions.Bounded, companions.Degrading, companions.Rewinds);
        return report.ProcessExitCode;
    }

    private static IEnumerable<string> OrderLines(Companions companions) =>
        new[] { companions.Order?.Line, companions.Rewinds?.Line }.OfType<string>();

    private void PrintSummary(RunReport report)
    {
        try
        {
            SummaryPrinter.Print(report, settings.EventNames, Console.Out);
        }
        catch (OutputException)
        {
            // The statistics may still go where they were wanted; the exit code tells.
        }
    }

    private MachineRunResult Execute(Machine machine, RunProgress progress, Companions companions)
    {
        if (settings.Break is EventCondition condition)
            machine.Break(condition);
        long start = Stopwatch.GetTimestamp();
        MachineRunResult result = companions.Debugger is not { } debugger
            ? companions.Rewinds?.Run(machine, settings.MaxInstructions) ?? machine.Run(settings.MaxInstructions)
            : new GdbSession(machine, debugger, machine.RunsOnThreads ? null : new MachineHistory(machine)).Run(settings.MaxInstructions);
        progress.Elapsed = Stopwatch.GetElapsedTime(start);
        return result;
    }

    private GdbServer? ListenForDebugger(Machine machine, RunRecorder? recorder)
    {
        if (settings.GdbPort is not int port)
            return null;
        try
        {
            var server = GdbServer.Start(machine, port);
            ToolProgram.WriteError(EmulatorCommandLine.Name, $"waiting for GDB: target remote 127.0.0.1:{server.Port}");
            return server;
        }
        catch (SocketException error)
        {
            recorder?.Discard();
            throw new UsageException($"--gdb: cannot listen at port {port} of 127.0.0.1: {error.Message}");
        }
    }

    private IRunView CreateView() =>
        settings.IsQuiet || Console.IsOutputRedirected || !Spectre.Console.AnsiConsole.Profile.Capabilities.Ansi
            ? new PlainView()
            : new LiveView(settings.EventNames);

    private VirtBoard CreateAndBoot(
        EventEngine engine, ConsoleInput input, Action<byte> output, IBlockStorage? disk, RunRecorder? recorder,
        GuestPictures pictures, RunSymbols symbols)
    {
        VirtBoard? board = null;
        try
        {
            board = CreateBoard(engine, input, output, disk);
            LoadAndBoot(board, symbols);
            pictures.Begin(board.Machine, engine);
            return board;
        }
        catch
        {
            board?.Dispose();
            recorder?.Discard();
            throw;
        }
    }

    private VirtBoard CreateBoard(EventEngine engine, ConsoleInput input, Action<byte> output, IBlockStorage? disk)
    {
        try
        {
            return new VirtBoard(
                new VirtBoardOptions
                {
                    Machine = new MachineOptions
                    {
                        RamSize = settings.MemoryBytes,
                        FollowsHostClock = !settings.SkipsIdleTime,
                        HartCount = settings.HartCount,
                        Scheduling = settings.Scheduling,
                        TurnInstructions = settings.TurnInstructions,
                    },
                    ConsoleInput = input,
                    ConsoleOutput = output,
                    Disk = disk,
                    BootArguments = settings.BootArguments,
                },
                engine);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new UsageException($"--memory: the size of RAM must be a multiple of 4096 from 64K to 64G; got {settings.MemoryBytes}");
        }
        catch (OutOfMemoryException)
        {
            throw new UsageException($"--memory: this machine cannot give a guest {settings.MemoryBytes} bytes");
        }
    }

    private void LoadAndBoot(VirtBoard board, RunSymbols symbols)
    {
        bool isBundled = settings.Elf is null && settings.RawImages.Count == 0 && settings.Kernel is null;
        LoadedGuest? guest = settings.Elf is not null ? board.LoadElf(settings.Elf)
            : isBundled ? board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name)
            : null;
        if (guest is LoadedGuest program)
            symbols.Learn(settings.Elf, program);
        foreach (RawImage image in settings.RawImages)
            board.LoadRaw(image);
        LoadedGuest? kernel = settings.Kernel is KernelFile file ? board.LoadKernel(file.Path, file.Address) : null;
        if (kernel is LoadedGuest nextStage)
            symbols.Learn(settings.Kernel?.Path, nextStage);
        if (settings.InitialRamDisk is not null)
            board.LoadInitialRamDisk(settings.InitialRamDisk);

        // What is booted is the first of these, and what firmware starts is the kernel or else the next.
        ulong[] entries = [.. guest is null ? [] : new[] { guest.Value.EntryPoint }, .. settings.RawImages.Select(static i => i.Address)];
        if (entries.Length == 0)
            board.Boot(kernel!.Value.EntryPoint);
        else
            board.Boot(entries[0], kernel?.EntryPoint ?? (entries.Length > 1 ? entries[1] : 0));
    }

    /// <summary>What takes part in a run beside the machine and its view.</summary>
    private sealed record Companions(
        RunRecorder? Recorder, RunServer? Server, GdbServer? Debugger, GuestPictures Pictures, RunTimeline? Timeline,
        BoundedEvents? Bounded, DegradingEvents? Degrading, OrderFile? Order, RewindCheck? Rewinds, RunSymbols Symbols);
}
