using System.Runtime.InteropServices;

namespace Engine.Bench.Support;

/// <summary>Runs a command to its exit code, or to 130 at Ctrl+C.</summary>
internal static class CommandRun
{
    private const int InterruptedExitCode = 130;

    private static volatile bool s_isInterrupted;

    /// <summary>Whether the process is about to end because of Ctrl+C.</summary>
    public static bool IsInterrupted => s_isInterrupted;

    public static int Guard(Func<int> run)
    {
        // The measuring threads hold nothing that has to be cleaned up, and files are written at the end only.
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            s_isInterrupted = true;
            Console.Error.WriteLine();
            Console.Error.WriteLine("Interrupted. No results were written.");
            Environment.Exit(InterruptedExitCode);
        });
        return run();
    }
}
