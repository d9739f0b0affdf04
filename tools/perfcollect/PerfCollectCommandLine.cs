using System.CommandLine;
using Engine.PerfCollect.Collect;
using Engine.PerfCollect.Export;
using Engine.PerfCollect.View;

namespace Engine.PerfCollect;

/// <summary>The command line. Errors are one line on standard error; exit code 2 for bad usage, 1 for failures.</summary>
internal static class PerfCollectCommandLine
{
    public static async Task<int> InvokeAsync(string[] args)
    {
        var root = new RootCommand("Captures profiles of .NET processes on Linux, for PerfView, speedscope and the terminal.")
        {
            CollectCommand.Create(),
            ViewCommand.Create(),
            ExportCommand.Create(),
        };
        try
        {
            ParseResult parsed = root.Parse(args);
            if (parsed.Errors.Count > 0)
            {
                return Fail(
                    parsed.CommandResult.Command == root && args.Length > 0 ? $"{args[0]} is no command; see --help"
                    : parsed.Errors[0].Message,
                    ExitCodes.Usage);
            }

            // The commands answer signals themselves.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (UsageException error)
        {
            return Fail(error.Message, ExitCodes.Usage);
        }
        catch (PerfCollectException error)
        {
            return Fail(error.Message, ExitCodes.Failure);
        }
    }

    private static int Fail(string message, int exitCode)
    {
        Notices.Write(message);
        return exitCode;
    }
}
