using System.CommandLine;
using System.Globalization;
using Engine.Emulator.Loading;
using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>The command line. Errors are one line on standard error and exit code 2.</summary>
internal static partial class EmulatorCommandLine
{
    /// <summary>What error messages begin with.</summary>
    public const string Name = "engine-emulator";

    private static readonly Argument<string?> Elf = new("ELF")
    {
        Description = "Program to boot. Without it: the bundled guest, or the first --load image where there is one.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string[]> Load = new("--load")
    {
        Description =
            "Load a file as it is to a physical address. May be repeated. With an ELF, the first image is the kernel that firmware " +
            "starts; without one, the first image is booted and the second is that kernel. --kernel comes before both.",
        HelpName = "FILE@ADDRESS",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Kernel = new("--kernel")
    {
        Description =
            "Kernel that firmware starts: an ELF file such as a vmlinux, or any other as it is. By default where its ELF file says, or " +
            "2 MiB behind the start of RAM.",
        HelpName = "FILE[@ADDRESS]",
    };

    private static readonly Option<string?> Initrd = new("--initrd")
    {
        Description = "Initial RAM disk for the kernel, which the device tree tells it of.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Disk = new("--disk")
    {
        Description = "Disk image for the virtio block device. It is locked: one machine at a time may write it.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> DiskReadOnly = new("--disk-read-only")
    {
        Description = "Let the guest only read the disk image. Any number of machines may do that.",
    };

    private static readonly Option<string> Memory = new("--memory")
    {
        Description = "Size of RAM, with K, M or G for powers of 1,024.",
        HelpName = "SIZE",
        DefaultValueFactory = static _ => "128M",
    };

    private static readonly Option<string> Harts = new("--harts")
    {
        Description = "Number of harts, from 1 to 8. Several run at the same time, each on a thread of its own.",
        HelpName = "N",
        DefaultValueFactory = static _ => "1",
    };

    private static readonly Option<bool> Deterministic = new("--deterministic")
    {
        Description = "Run the harts in turn on one thread, so that each run of a guest is the same, as long as no input comes.",
    };

    private static readonly Option<string> Quantum = new("--quantum")
    {
        Description = "Instructions of a hart's turn with --deterministic, from 1 to 1000000.",
        HelpName = "N",
        DefaultValueFactory = static _ => "10000",
    };

    private static readonly Option<string?> MaxInstructions = new("--max-instructions")
    {
        Description = "End the run after so many instructions, with exit code 4.",
        HelpName = "N",
    };

    private static readonly Option<bool> SkipIdle = new("--skip-idle")
    {
        Description =
            "Skip the time that the guest is idle, instead of waiting as long. What it does and sees is the same, as long as no input " +
            "comes.",
    };

    private static readonly Option<string?> Events = new("--events")
    {
        Description =
            "Event types to subscribe to: names separated by commas, NAME* for all that begin so, none, or all. Without it: all but " +
            "vm.memory-access.",
        HelpName = "LIST",
    };

    private static readonly Option<string[]> SlowHandlers = new("--slow-handler")
    {
        Description =
            "Subscribe a handler to this event type that computes for so long at each event, to try profilers and back-pressure. May be " +
            "repeated.",
        HelpName = "EVENT=MICROSECONDS",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Append = new("--append")
    {
        Description = "Kernel command line, in the device tree.",
        HelpName = "TEXT",
    };

    private static readonly Option<string?> Stats = new("--stats") { Description = "Write statistics as JSON.", HelpName = "FILE.json" };

    private static readonly Option<string?> Record = new("--record")
    {
        Description = "Record events in a journal in this directory, durably; replay plays them again.",
        HelpName = "DIR",
    };

    private static readonly Option<string?> RecordEvents = new("--record-events")
    {
        Description = "Event types to record, as for --events. Without it: all but vm.memory-access.",
        HelpName = "LIST",
    };

    private static readonly Option<string?> RecordKey = new("--record-key")
    {
        Description = "Sign the journal off with the key in this file, for journal verify --key.",
        HelpName = "FILE",
    };

    internal static readonly Option<string?> Serve = new("--serve")
    {
        Description =
            "Show it in browsers meanwhile, at PORT, HOST, HOST:PORT, or * for all interfaces. Without ADDRESS: 127.0.0.1:5080, or " +
            "a free port if that is taken. Settings come from the environment (ENGINE_Sse__Heartbeat, ENGINE_Access__Keys__0__Hash).",
        HelpName = "ADDRESS",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?> Profile = new("--profile")
    {
        Description =
            "Write how many instructions each stack of calls retired: for speedscope, or, if the name ends in .svg, as a flame graph, " +
            "or, if it ends in .folded, as folded stacks.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Trace = new("--trace")
    {
        Description = "Write a trace of functions, traps, privilege modes and counters for Perfetto.",
        HelpName = "FILE",
    };

    private static readonly Option<string[]> Symbols = new("--symbols")
    {
        Description = "Take names of functions from this ELF file or System.map too. May be repeated.",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Gdb = new("--gdb")
    {
        Description = "Wait for GDB at this port of the loopback interface before the guest's first instruction. 0: any free port.",
        HelpName = "PORT",
    };

    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Show the guest's console and nothing else." };

    public static Task<int> InvokeAsync(string[] args) => new ToolProgram(Name, CreateRoot())
    {
        EndsUnread = true,
        ExitCodeOf = static error => error is GuestLoadException ? ExitCodes.Usage : null,
    }.InvokeAsync(args.Length == 0 ? ["run"] : args);

    /// <summary>The commands with their options.</summary>
    public static RootCommand CreateRoot()
    {
        var run = new Command("run", "Boots a guest and shows the events it causes.")
        {
            Elf,
            Load,
            Kernel,
            Initrd,
            Disk,
            DiskReadOnly,
            Memory,
            Harts,
            Deterministic,
            Quantum,
            MaxInstructions,
            SkipIdle,
            Events,
            SlowHandlers,
            Append,
            Stats,
            Record,
            RecordEvents,
            RecordKey,
            Serve,
            Profile,
            Trace,
            Symbols,
            From,
            Until,
            Region,
            Degrade,
            Break,
            Order,
            Rewind,
            Timeline,
            Gdb,
            Quiet,
        };
        run.SetAction(static result => Run(result));
        return new RootCommand(
            "An RV64GC machine, compatible with QEMU's virt board, that embeds the event engine. Without arguments: run.")
        {
            run,
            JournalCommandLine.Replay(),
            JournalCommandLine.Journal(),
        };
    }

    private static int Run(ParseResult result) => new GuestRunner(new RunSettings
    {
        Elf = CheckElf(result.GetValue(Elf)),
        RawImages = [.. (result.GetValue(Load) ?? []).Select(static text => Parse("--load", text, RawImage.Parse))],
        Kernel = result.GetValue(Kernel) is string kernel ? Parse("--kernel", kernel, KernelFile.Parse) : null,
        InitialRamDisk = result.GetValue(Initrd),
        Disk = CheckDisk(result),
        IsDiskReadOnly = result.GetValue(DiskReadOnly),
        MemoryBytes = Parse("--memory", result.GetRequiredValue(Memory), GuestNumber.ParseSize),
        HartCount = Parse("--harts", result.GetRequiredValue(Harts), static text => ParseFromOne(text, MachineOptions.MaxHarts)),
        Scheduling = result.GetValue(Deterministic) ? HartScheduling.InTurn : HartScheduling.Threads,
        TurnInstructions =
            Parse("--quantum", result.GetRequiredValue(Quantum), static text => ParseFromOne(text, MachineOptions.MaxTurnInstructions)),
        MaxInstructions =
            result.GetValue(MaxInstructions) is string limit ? Parse("--max-instructions", limit, ParseCount) : ulong.MaxValue,
        SkipsIdleTime = result.GetValue(SkipIdle),
        EventNames = EventSelection.Parse(result.GetValue(Events)),
        SlowHandlers =
            [.. (result.GetValue(SlowHandlers) ?? []).Select(static text => Parse("--slow-handler", text, SlowHandlerSetting.Parse))],
        StatisticsFile = result.GetValue(Stats),
        IsQuiet = result.GetValue(Quiet),
        BootArguments = result.GetValue(Append),
        RecordDirectory = result.GetValue(Record),
        RecordKeyFile = result.GetValue(RecordKey) is null || result.GetValue(Record) is not null
            ? result.GetValue(RecordKey)
            : throw new UsageException("--record-key: there is no --record"),
        IsServed = result.GetResult(Serve) is { Implicit: false },
        ServeAddress = result.GetValue(Serve),
        RecordNames = EventSelection.Parse(result.GetValue(RecordEvents), "--record-events"),
        ProfileFile = result.GetValue(Profile),
        TimelineFile = result.GetValue(Timeline),
        OrderFile = result.GetValue(Order),
        RewindInterval = result.GetValue(Rewind) is string interval ? Parse("--rewind", interval, ParseCount) : null,
        TraceFile = result.GetValue(Trace),
        SymbolFiles = result.GetValue(Symbols) ?? [],
        Boundaries = BoundarySettings.Parse(result.GetValue(From), result.GetValue(Until), result.GetValue(Region)),
        Degrades = CheckDegrade(result),
        Break = BreakSetting.Parse(result.GetValue(Break) ?? []),
        GdbPort = result.GetValue(Gdb) is string port ? Parse("--gdb", port, ParsePort) : null,
    }).Run();

    private static string? CheckDisk(ParseResult result) =>
        result.GetValue(DiskReadOnly) && result.GetValue(Disk) is null
            ? throw new UsageException("--disk-read-only: there is no --disk")
            : result.GetValue(Disk);

    private static bool CheckDegrade(ParseResult result) =>
        result.GetValue(Degrade) && result.GetValue(Region) is not null
            ? throw new UsageException("--degrade: covers all instructions; leave out --region, or --degrade")
            : result.GetValue(Degrade);

    private static string? CheckElf(string? elf) =>
        elf is ['-', ..] ? throw new UsageException($"unknown option {elf}; see run --help") : elf;

    internal static T Parse<T>(string option, string text, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            throw new UsageException($"{option}: {error.Message}");
        }
    }

    private static int ParsePort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? port
            : throw new FormatException($"\"{text}\" is not a port from 0 to 65535");

    private static int ParseFromOne(string text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 && value <= max
            ? value
            : throw new FormatException($"\"{text}\" is not a number from 1 to {max}");

    private static ulong ParseCount(string text) =>
        ulong.TryParse(text, out ulong count) && count > 0 ? count : throw new FormatException($"\"{text}\" is not a number of at least 1");
}
