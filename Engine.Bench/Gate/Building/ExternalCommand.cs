using System.Diagnostics;

namespace Engine.Bench.Gate.Building;

/// <summary>Runs a program to its end and keeps what it prints. Cancelling ends it with everything it started.</summary>
internal static class ExternalCommand
{
    public static async Task<Result> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)
            ?? throw new InvalidOperationException($"{start.FileName} could not be started.");
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new Result(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
    }

    /// <summary>Runs a program with arguments in a folder.</summary>
    public static Task<Result> RunAsync(
        string program, IEnumerable<string> arguments, string folder, CancellationToken cancellationToken) =>
        RunAsync(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder }, cancellationToken);

    /// <summary>How a program ended.</summary>
    /// <param name="ExitCode">Its exit code.</param>
    /// <param name="Output">What it wrote to the standard output.</param>
    /// <param name="Error">What it wrote to the standard error.</param>
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        /// <summary>The last lines of what it printed, for messages.</summary>
        public string Tail =>
            string.Join(Environment.NewLine, (Output + Error).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(12));
    }
}
