using System.CommandLine;

namespace Engine.Emulator.Cli;

/// <summary>The options that are exact to an instruction, and their pictures.</summary>
internal static partial class EmulatorCommandLine
{
    private static readonly Option<string?> From = new("--from")
    {
        Description =
            "Subscribe and record from this instruction of each hart on, exactly: the guest runs at full speed up to it.",
        HelpName = "N",
    };

    private static readonly Option<string?> Until = new("--until")
    {
        Description = "Subscribe and record up to before this instruction of each hart.",
        HelpName = "N",
    };

    private static readonly Option<string?> Region = new("--region")
    {
        Description = "Trace instructions at these addresses only; count the others.",
        HelpName = "FIRST-LAST",
    };

    private static readonly Option<bool> Degrade = new("--degrade")
    {
        Description =
            "Tell execution in as much detail as handlers can follow: instructions, blocks or counters, changed at exact instructions, " +
            "with sums that are right.",
    };

    private static readonly Option<string[]> Break = new("--break")
    {
        Description =
            "Stop before the N-th such event, at this address if one is given, when nothing of it has happened: in GDB with --gdb, " +
            "otherwise with exit code 5. May be repeated, for events one after the other.",
        HelpName = "EVENT[@ADDRESS][#N]",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Order = new("--order")
    {
        Description =
            "Write the events of all harts in one order, by virtual time: a line each, or, if the name ends in .svg, as a picture of the " +
            "first 300. Of up to four event types, named by --events.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Rewind = new("--rewind")
    {
        Description =
            "Make a cut each N instructions, go back to the one before once, run again, and say whether machine, events and sequences " +
            "came out the same.",
        HelpName = "N",
    };

    private static readonly Option<string?> Timeline = new("--timeline")
    {
        Description =
            "Draw, as SVG, what --degrade, --from, --until, --region, --rewind and --break did: what was told of each hart over its " +
            "instructions, the cuts, and where it was stopped.",
        HelpName = "FILE.svg",
    };
}
