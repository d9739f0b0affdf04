using System.Runtime.InteropServices;

namespace Engine.Bench.Support;

/// <summary>Runs a command to its exit code: 0, 1 for a bad command line or a failed check, 130 for Ctrl+C.</summary>
internal static class CommandRun
{
    public const int BadUsage = 1;
    public const int Interrupted = 130;

    public static int Guard(Func<int> run)
    {
        // The measuring threads hold nothing that has to be cleaned up, and files are written at the end only.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            Console.Error.WriteLine();
            Console.Error.WriteLine("Interrupted. No results were written.");
            Environment.Exit(Interrupted);
        });
        try
        {
            return run();
        }
        catch (UsageException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return BadUsage;
        }
    }
}
