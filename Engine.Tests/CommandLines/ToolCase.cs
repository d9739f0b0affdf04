using System.Diagnostics;
using Engine.Tests.Support;

namespace Engine.Tests.CommandLines;

/// <summary>One command line, and what it has to end with.</summary>
/// <param name="Tool">The program.</param>
/// <param name="What">What is tried.</param>
/// <param name="Arguments">The command line.</param>
/// <param name="ExitCodes">The exit codes that are right.</param>
internal sealed record ToolCase(ToolUnderTest Tool, string What, string[] Arguments, int[] ExitCodes)
{
    private const int MaxErrorLines = 5;
    private const int MaxErrorCharacters = 10_000;

    /// <summary>What a shell does around the program, which it has as <c>"$@"</c>.</summary>
    public string Shell { get; init; } = "exec \"$@\"";

    /// <summary>Whether standard error can be read.</summary>
    public bool HasError { get; init; } = true;

    /// <summary>The temporary folder the program is told of; null for that of the tests.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>Runs it in a folder of its own and returns what is wrong; null where nothing is.</summary>
    public string? Run()
    {
        using var folder = new ToolFolder();
        string[] before = folder.Snapshot();
        (int? exitCode, string error) = RunIn(folder.Root);
        if (Fault(exitCode, error) is string fault)
            return $"{What}: {fault}";
        return exitCode == 2 && !folder.Snapshot().SequenceEqual(before)
            ? $"{What}: what it was given was found bad, and yet files were changed: " +
                string.Join(", ", folder.Snapshot().Except(before).Concat(before.Except(folder.Snapshot())))
            : null;
    }

    private string? Fault(int? exitCode, string error)
    {
        if (exitCode is not int code)
            return $"it did not end; standard error: {Shorten(error)}";
        if (!ExitCodes.Contains(code))
            return $"exit code {code} is none of {string.Join(", ", ExitCodes)}; standard error: {Shorten(error)}";
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Any(static line => line.StartsWith("   at ", StringComparison.Ordinal))
            || error.Contains("Unhandled exception", StringComparison.Ordinal)
            || error.Contains("internal error", StringComparison.Ordinal))
            return $"standard error is not for a user: {Shorten(error)}";
        if (lines.Length > MaxErrorLines || error.Length > MaxErrorCharacters)
            return $"standard error has {lines.Length} lines and {error.Length} characters: {Shorten(error)}";
        return HasError && code == 2 && lines.Length == 0 ? "exit code 2, and nobody is told why" : null;
    }

    private (int? ExitCode, string Error) RunIn(string folder)
    {
        string program = Path.Combine(AppContext.BaseDirectory, Tool.Program);
        var start = new ProcessStartInfo("bash", ["-c", Shell, "bash", Environment.ProcessPath!, program, .. Arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (TemporaryFolder is not null)
            start.Environment["TMPDIR"] = TemporaryFolder;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Eventually.HangGuard))
        {
            process.Kill(entireProcessTree: true);
            return (null, error.Result);
        }

        _ = output.Result;
        return (process.ExitCode, error.Result);
    }

    private static string Shorten(string text) => text.Length <= 500 ? text : text[..500] + "...";
}
