using System.CommandLine;
using Engine.PerfCollect.Collect;
using Engine.PerfCollect.Export;
using Engine.PerfCollect.View;
using Engine.Tooling;

namespace Engine.PerfCollect;

/// <summary>The command line. Errors are one line on standard error; exit code 2 for bad usage, 1 for failures.</summary>
internal static class PerfCollectCommandLine
{
    public static Task<int> InvokeAsync(string[] args)
    {
        RootCommand root = CreateRoot();
        return new ToolProgram(Notices.Name, root)
        {
            FailureCode = ExitCodes.Failure,
            HandlesSignals = true,
            ExitCodeOf = static error => error is PerfCollectException ? ExitCodes.Failure : null,
            Explain = parsed => parsed.CommandResult.Command == root && args.Length > 0 ? $"{args[0]} is no command; see --help" : null,
        }.InvokeAsync(args);
    }

    /// <summary>The commands with their options.</summary>
    public static RootCommand CreateRoot() =>
        new("Captures profiles of .NET processes on Linux, for PerfView, speedscope and the terminal.")
        {
            CollectCommand.Create(),
            ViewCommand.Create(),
            ExportCommand.Create(),
        };
}
