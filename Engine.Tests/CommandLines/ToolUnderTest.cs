using System.CommandLine;
using Engine.Bench;
using Engine.Emulator.Cli;
using Engine.Fleet.Cli;
using Engine.Migration.Cli;
using Engine.PerfCollect;
using Engine.Server.Cli;

namespace Engine.Tests.CommandLines;

/// <summary>One of the project's programs with a command line.</summary>
/// <param name="Name">What its error messages begin with.</param>
/// <param name="Program">The program's file.</param>
/// <param name="Root">Its commands, as the program has them.</param>
/// <param name="FailureCode">The exit code where output cannot be written.</param>
/// <param name="ExitCodes">The exit codes that are documented.</param>
/// <param name="Blockers">
/// By command, arguments that end it where all has been checked and the long work would begin. Empty where the work is short.
/// </param>
/// <param name="Samples">What is known of options and arguments by name; others are judged by their type.</param>
internal sealed record ToolUnderTest(
    string Name,
    string Program,
    RootCommand Root,
    int FailureCode,
    int[] ExitCodes,
    Dictionary<string, string[]> Blockers,
    Dictionary<string, Sample> Samples)
{
    public static ToolUnderTest Emulator { get; } = new(
        "engine-emulator", "Engine.Emulator.dll", EmulatorCommandLine.CreateRoot(), 2, [.. Enumerable.Range(0, 10), 130, 141],
        new()
        {
            ["run"] = ["--load", ToolFolder.ExitingGuest, "--events", "none", "--quiet"],
            ["replay"] = [ToolFolder.Journal],
            ["journal info"] = [ToolFolder.Journal],
            ["journal verify"] = [ToolFolder.Journal],
            ["journal dump"] = [ToolFolder.Journal],
            ["journal cut"] = [ToolFolder.Journal],
            ["journal trim"] = [ToolFolder.Journal, "--before-segment", "0"],
        },
        new()
        {
            ["ELF"] = new(SampleKind.Input),
            ["--load"] = new(SampleKind.Input, "{0}@0x80000000"),
            ["--disk"] = new(SampleKind.Input),
            ["--kernel"] = new(SampleKind.Input),
            ["--initrd"] = new(SampleKind.Input),
            ["--memory"] = new(SampleKind.Strict),
            ["--max-instructions"] = new(SampleKind.Strict),
            ["--harts"] = new(SampleKind.Strict),
            ["--quantum"] = new(SampleKind.Strict),
            ["--events"] = new(SampleKind.Strict),
            ["--slow-handler"] = new(SampleKind.Strict, "vm.block={0}"),
            ["--append"] = new(SampleKind.Text),
            ["--stats"] = new(SampleKind.Output),
            ["--record"] = new(SampleKind.OutputFolder),
            ["--record-events"] = new(SampleKind.Strict),
            ["--record-key"] = new(SampleKind.Input),
            ["--key"] = new(SampleKind.Input),
            ["--serve"] = new(SampleKind.Strict),
            ["--profile"] = new(SampleKind.Output),
            ["--trace"] = new(SampleKind.Output),
            ["--timeline"] = new(SampleKind.Output),
            ["--order"] = new(SampleKind.Output),
            ["--rewind"] = new(SampleKind.Strict),
            ["--symbols"] = new(SampleKind.Input),
            ["--gdb"] = new(SampleKind.Strict),
            ["--until"] = new(SampleKind.Number),
            ["--region"] = new(SampleKind.Strict),
            ["--break"] = new(SampleKind.Strict),
            ["DIR"] = new(SampleKind.Input),
            ["--from"] = new(SampleKind.Number),
            ["--to"] = new(SampleKind.Number),
            ["--event"] = new(SampleKind.Strict),
            ["--first"] = new(SampleKind.Number),
            ["--count"] = new(SampleKind.Number),
            ["--before-segment"] = new(SampleKind.Number),
            ["--max-bytes"] = new(SampleKind.Strict),
            ["--max-age"] = new(SampleKind.Strict),
        });

    public static ToolUnderTest Migration { get; } = new(
        "engine-migration", "Engine.Migration.dll", MigrationCommandLine.CreateRoot(), 2, [0, 1, 2],
        new() { ["check"] = [ToolFolder.Empty], ["migrate"] = [ToolFolder.Empty] },
        new()
        {
            ["PATH"] = new(SampleKind.Input),
            ["--include"] = new(SampleKind.Text),
            ["--exclude"] = new(SampleKind.Text),
            ["--json"] = new(SampleKind.Output),
        });

    public static ToolUnderTest PerfCollect { get; } = new(
        "perfcollect", "perfcollect.dll", PerfCollectCommandLine.CreateRoot(), 1, [0, 1, 2, 130],
        new()
        {
            ["collect"] = ["--events", "--output", "new", "--", "true"],
            ["view"] = [ToolFolder.Capture],
            ["export"] = [ToolFolder.Capture, "--format", "flamegraph"],
        },
        new()
        {
            ["NAME"] = new(SampleKind.Input),
            ["COMMAND"] = new(SampleKind.Text),
            ["--pid"] = new(SampleKind.Strict),
            ["--seconds"] = new(SampleKind.Strict),
            ["--top"] = new(SampleKind.Strict),
            ["--format"] = new(SampleKind.Strict),
            ["--samples"] = new(SampleKind.Strict),
            ["--output"] = new(SampleKind.Text),
        });

    public static ToolUnderTest Bench { get; } = new(
        "engine-bench", "Engine.Bench.dll", BenchCommandLine.CreateRoot(), 2, [0, 1, 2, 3, 130],
        new()
        {
            // Nothing may be measured here, which takes minutes.
            ["quick"] = ["--json", ToolFolder.Nowhere],
            ["topologies"] = ["--filter", "nothing"],
            ["peers"] = ["--filter", "nothing"],
            ["bus"] = ["--filter", "nothing"],
            ["storage"] = ["--filter", "nothing"],
            ["chaos storage"] = ["--filter", "nothing"],
            ["chaos cluster"] = ["--filter", "nothing"],
            ["cluster"] = ["--megabytes", "0"],
            ["cluster-growth"] = ["--frames", "0"],
            ["sse"] = ["--filter", "nothing"],
            ["embed"] = ["--json", ToolFolder.Nowhere],
            ["micro"] = ["--filter", "nothing"],
            ["gate"] = ["--base", "no-such-revision"],
            ["diagnostics-cost"] = ["--json", ToolFolder.Nowhere],
        },
        new()
        {
            ["--json"] = new(SampleKind.Output),
            ["--markdown"] = new(SampleKind.Output),
            ["--docs"] = new(SampleKind.OutputFolder),
            ["--filter"] = new(SampleKind.Strict),
            ["--rounds"] = new(SampleKind.Strict),
            ["--kills"] = new(SampleKind.Strict),
            ["--minutes"] = new(SampleKind.Strict),
            ["--seed"] = new(SampleKind.Strict),
            ["--megabytes"] = new(SampleKind.Strict),
            ["--base"] = new(SampleKind.Strict),
            ["--trial"] = new(SampleKind.Strict),
            ["--trial-seeded"] = new(SampleKind.Strict),
            ["--trial-label"] = new(SampleKind.Text),
        });

    public static ToolUnderTest Server { get; } = new(
        "engine-server", "Engine.Server.dll", ServerCommandLine.CreateRoot(), 2, [0, 2, 141],
        new()
        {
            // It would serve until it is told to end.
            ["run"] = ["--config", ToolFolder.Nowhere],
            ["key"] = [],
        },
        new()
        {
            ["ELF"] = new(SampleKind.Input),
            ["--address"] = new(SampleKind.Strict),
            ["--config"] = new(SampleKind.Input),
            ["--set"] = new(SampleKind.Text),
            ["--attach"] = new(SampleKind.Strict),
            ["--name"] = new(SampleKind.Text),
        });

    public static ToolUnderTest Fleet { get; } = new(
        "engine-fleet", "Engine.Fleet.dll", FleetCommandLine.CreateRoot(), 2, [0, 1, 2, 141],
        new()
        {
            // They would go on until they are told to end.
            ["up"] = ["--folder", ToolFolder.Nowhere, "--port", "0"],
            ["host"] = ["--config", ToolFolder.Nowhere],
            ["hub"] = ["--config", ToolFolder.Nowhere],
            ["view"] = ["--config", ToolFolder.Nowhere],
            ["command"] = ["--config", ToolFolder.Nowhere],
            ["size"] = [],
        },
        new()
        {
            ["--folder"] = new(SampleKind.OutputFolder),
            ["--config"] = new(SampleKind.Input),
            ["--keys"] = new(SampleKind.Input),
            ["--broker"] = new(SampleKind.Strict),
            ["--name"] = new(SampleKind.Strict),
            ["--events"] = new(SampleKind.Strict),
            ["--sample"] = new(SampleKind.Strict),
            ["--issuer"] = new(SampleKind.Text),
            ["HOST"] = new(SampleKind.Text),
            ["VERB"] = new(SampleKind.Text),
            ["ARGUMENT"] = new(SampleKind.Text),
        });

    public static IReadOnlyList<ToolUnderTest> All { get; } = [Emulator, Migration, PerfCollect, Bench, Server, Fleet];

    /// <summary>The commands that a user is told of, those below others included, by what is typed for them.</summary>
    public IEnumerable<ToolCommand> Commands => Below(Root, string.Empty);

    public override string ToString() => Name;

    private static IEnumerable<ToolCommand> Below(Command command, string path) =>
        from below in command.Subcommands
        where !below.Hidden
        let name = path.Length == 0 ? below.Name : $"{path} {below.Name}"
        from leaf in below.Subcommands.Count == 0 ? [new ToolCommand(name, below)] : Below(below, name)
        select leaf;
}

/// <summary>A command of a program.</summary>
/// <param name="Name">What is typed for it: its name, behind those of the commands above it.</param>
/// <param name="Command">The command.</param>
internal sealed record ToolCommand(string Name, Command Command);

/// <summary>What is known of an option or argument.</summary>
/// <param name="Kind">What its values are.</param>
/// <param name="Format">Its value around the part that is tried.</param>
internal sealed record Sample(SampleKind Kind, string Format = "{0}");

/// <summary>What the values of an option are.</summary>
internal enum SampleKind
{
    /// <summary>It has none.</summary>
    Flag,

    /// <summary>Any text will do, or it is not known what will.</summary>
    Text,

    /// <summary>A number or a name out of several: neither nothing nor a hundred thousand characters are right.</summary>
    Strict,

    /// <summary>A number that may be as large as numbers are.</summary>
    Number,

    /// <summary>A file to be read.</summary>
    Input,

    /// <summary>A file to be written.</summary>
    Output,

    /// <summary>A folder to be written to.</summary>
    OutputFolder,
}
