using System.Diagnostics;
using System.Globalization;
using Engine.Diagnostics;
using Engine.Handlers.Vm;
using Engine.Hosting;
using Engine.Tooling;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Engine.Emulator.Cli;

/// <summary>
/// A view that is drawn four times a second while the machine runs on a thread of its own: the guest's console, the
/// event types with their rates and latencies, the hottest blocks, and the machine's speed.
/// </summary>
internal sealed class LiveView(IReadOnlyList<string> eventNames) : IRunView
{
    private const int ConsoleLines = 10;
    private const int HotBlockLines = 6;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ConsoleTail _console = new(ConsoleLines);
    private readonly HashSet<string> _eventNames = [.. eventNames];
    private readonly Dictionary<string, long> _previousCounts = [];
    private ulong _previousInstructions;
    private TimeSpan _previousTime;

    public void WriteConsole(byte value) => _console.Write(value);

    public MachineRunResult Show(RunProgress progress, Func<MachineRunResult> run)
    {
        var watch = Stopwatch.StartNew();
        Task<MachineRunResult> running = Task.Factory.StartNew(
            run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            AnsiConsole.Live(new Text(string.Empty)).AutoClear(true).Start(context =>
            {
                while (!running.Wait(Interval))
                    context.UpdateTarget(Draw(progress, watch.Elapsed));
            });
            AnsiConsole.Write(new Panel(new Text(_console.Transcript().TrimEnd())).Header("guest console").Expand());
        }
        catch (OutputException)
        {
            // The terminal has gone. The machine must not be taken from under its thread; the exit code tells.
            progress.RequestStop();
        }

        return running.GetAwaiter().GetResult();
    }

    private Rows Draw(RunProgress progress, TimeSpan now)
    {
        ulong instructions = progress.RetiredInstructions;
        double interval = Math.Max((now - _previousTime).TotalSeconds, 1e-3);
        double mips = (instructions - _previousInstructions) / interval / 1e6;
        EngineStatistics statistics = progress.Statistics();
        var rows = new Rows(
            new Markup(
                Invariant($"[bold]{now.TotalSeconds:F1} s[/]   {instructions:N0} instructions   [bold]{mips:F0} MIPS[/]   ") +
                $"dispatcher: {Dispatcher(statistics)}"),
            new Panel(new Text(string.Join('\n', _console.Lines())))
            {
                Header = new PanelHeader("guest console"),
                Height = ConsoleLines + 2,
                Expand = true,
            },
            Events(statistics, interval),
            new Text(string.Join('\n', progress.Observers.Lines()
                .Concat(progress.Degrading?.LiveLines() ?? []).Concat(progress.Order?.LiveLines() ?? [])
                .Concat(Recording(progress.Recorder)))),
            HotBlocks(progress));
        (_previousInstructions, _previousTime) = (instructions, now);
        return rows;
    }

    private Table Events(EngineStatistics statistics, double interval)
    {
        Table table = new Table().Border(TableBorder.Simple).Expand();
        table.AddColumn("event type");
        foreach (string column in (string[])["rate/s", "published", "dispatched", "lost", "avg batch", "p50", "p99"])
            table.AddColumn(column, static c => c.RightAligned());
        foreach (EventTypeStatistics type in statistics.EventTypes)
        {
            long published = type.Ledger.Published;
            long rate = (long)((published - _previousCounts.GetValueOrDefault(type.Name)) / interval);
            _previousCounts[type.Name] = published;
            if (published == 0 || !_eventNames.Contains(type.Name))
                continue;
            table.AddRow(
                type.Name, Invariant($"{rate:N0}"), Invariant($"{published:N0}"), Invariant($"{type.Ledger.Dispatched:N0}"),
                Invariant($"{type.Ledger.Lost:N0}"), Invariant($"{type.AverageBatch:N1}"),
                Figures.Duration(type.Latency.PercentileNanoseconds(0.5)), Figures.Duration(type.Latency.PercentileNanoseconds(0.99)));
        }

        return table;
    }

    private static IEnumerable<string> Recording(RunRecorder? recorder)
    {
        if (recorder?.Statistics is not { } recorded)
            yield break;
        yield return Invariant($"recording: {recorded.Recorded:N0} events, {Figures.Bytes(recorded.StoredBytes)}, ")
            + Invariant($"{recorded.BitsPerEvent:F3} bits an event, {Figures.Bytes(recorded.PendingBytes)} wait, durable lag p99 ")
            + Figures.Duration(recorded.DurableLag.PercentileNanoseconds(0.99))
            + Invariant($", lost {recorded.LostInRings + recorded.Dropped:N0}");
    }

    private static IRenderable HotBlocks(RunProgress progress)
    {
        IReadOnlyList<HotBlock> blocks = progress.Observers.Execution.GetHottestBlocks(HotBlockLines);
        if (blocks.Count == 0)
            return new Text(string.Empty);
        var chart = new BarChart().Label("hottest blocks, % of instructions (sampled)").LeftAlignLabel();
        foreach (HotBlock block in blocks)
            chart.AddItem(LabelOf(block, progress.Symbols), Math.Round(block.InstructionShare * 100, 1), Color.SteelBlue);
        return chart;
    }

    // The chart takes its labels for markup.
    private static string LabelOf(HotBlock block, RunSymbols symbols) => symbols.Find(block.FirstPc) is { } name
        ? Markup.Escape(Invariant($"0x{block.FirstPc:x} {name}"))
        : Invariant($"0x{block.FirstPc:x}");

    private static string Dispatcher(EngineStatistics statistics)
    {
        DispatcherStatistics first = statistics.Dispatchers[0];
        return Invariant($"poll gap {first.PollGap.TotalMicroseconds:F1} us, largest batch {first.MaxBatch:N0}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
