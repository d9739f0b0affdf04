using System.CommandLine;
using Engine.Tooling;

namespace Engine.PerfCollect.Collect;

/// <summary>The command <c>collect</c>.</summary>
internal static class CollectCommand
{
    // These start the program as a process of their own and are hosts themselves, so they would be what is profiled.
    private static readonly string[] IndirectVerbs = ["run", "test", "watch"];

    private static readonly Option<int?> ProcessId = new("--pid") { Description = "Attach to this running process.", HelpName = "N" };

    private static readonly Option<string?> Output = new("--output")
    {
        Description =
            "Write NAME.nettrace and NAME.trace.zip. Without it: perfcollect-DATE-TIME in the current folder. Existing files are not " +
            "replaced.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace existing files." };

    private static readonly Option<double?> Seconds = new("--seconds")
    {
        Description = "End after so many seconds. Without it: when the process ends, or on Ctrl+C.",
        HelpName = "S",
    };

    private static readonly Option<bool> Cpu = new("--cpu")
    {
        Description =
            "Sample the CPU with Linux's perf: exact places, native and kernel code too. Without --cpu and --events: both, as far as " +
            "possible.",
    };

    private static readonly Option<bool> Events = new("--events")
    {
        Description = "Record the host's events and the samples that the runtime takes at safepoints.",
    };

    private static readonly Argument<string[]> CommandLine = new("COMMAND")
    {
        Description =
            "Command to start and profile, with its arguments, after --. It is ended with the capture. Its exit code is shown; that of " +
            "collect says whether the capture succeeded.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new Command("collect", "Profiles a process: one that runs (--pid N) or a command to start (-- COMMAND ARGS).")
        {
            ProcessId, Output, Overwrite, Seconds, Cpu, Events, CommandLine,
        };
        command.SetAction(static async (result, _) =>
        {
            using var collection = new Collection(Parse(result));
            return await collection.RunAsync();
        });
        return command;
    }

    private static CollectSettings Parse(ParseResult result)
    {
        int? processId = result.GetValue(ProcessId);
        string[] command = result.GetValue(CommandLine) ?? [];
        if (processId is null == (command.Length == 0))
            throw new UsageException("collect takes either --pid N or -- COMMAND ARGS; see collect --help");
        if (processId is < 1)
            throw new UsageException($"--pid: {processId} is not the id of a process");
        if (command is ["", ..])
            throw new UsageException("the name of the command is empty");
        if (command is [['-', ..], ..])
            throw new UsageException($"unknown option {command[0]}; see collect --help");
        if (command is [string program, string verb, ..] && Path.GetFileName(program) == "dotnet" && IndirectVerbs.Contains(verb))
            throw new UsageException(
                $"dotnet {verb} starts the program as another process; build it, then give it as: -- dotnet PATH/PROGRAM.dll");
        double? seconds = result.GetValue(Seconds);
        if (seconds is <= 0 or > 86_400 or double.NaN)
            throw new UsageException($"--seconds: {seconds} is not a number above 0 and up to 86400");
        return new CollectSettings(
            processId,
            command,
            CapturePaths.Parse(result.GetValue(Output) ?? $"perfcollect-{DateTime.Now:yyyyMMdd-HHmmss}"),
            seconds is double value ? TimeSpan.FromSeconds(value) : null,
            result.GetValue(Cpu),
            result.GetValue(Events),
            result.GetValue(Overwrite));
    }
}
