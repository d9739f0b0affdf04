using System.Collections.Concurrent;
using System.Diagnostics;
using Engine.Tests.Support;

namespace Engine.Tests.PerfCollect;

/// <summary>The profiler as a user runs it: as a process with a temporary folder of its own, its output captured.</summary>
internal sealed class PerfCollectProcess : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _notices = new();

    private PerfCollectProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(_notices, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ExitCode => _process.ExitCode;

    public string Output => string.Join('\n', _output);

    /// <summary>The lines on standard error.</summary>
    public IReadOnlyCollection<string> Notices => _notices;

    /// <summary>Starts the tool.</summary>
    /// <param name="temporary">Its temporary folder.</param>
    /// <param name="path">The PATH it sees, or null for that of the tests.</param>
    /// <param name="arguments">The command line.</param>
    public static PerfCollectProcess Start(string temporary, string? path, params string[] arguments)
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, "perfcollect.dll");
        // Whoever started the tests in the background may have had SIGINT ignored; that is inherited, and Ctrl+C would do nothing.
        // The host by its path: a test may give a PATH without it.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", Environment.ProcessPath!, assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temporary;
        if (path is not null)
            start.Environment["PATH"] = path;
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new PerfCollectProcess(process);
    }

    /// <summary>Runs the tool to its end.</summary>
    public static PerfCollectProcess Run(string temporary, params string[] arguments)
    {
        PerfCollectProcess tool = Start(temporary, null, arguments);
        tool.WaitForExit();
        return tool;
    }

    /// <summary>Waits until it says that it collects.</summary>
    public void WaitUntilCollecting()
    {
        Eventually.IsTrue(() => _process.HasExited || _notices.Any(static line => line.Contains("collecting", StringComparison.Ordinal)));
        Assert.That(_process.HasExited, Is.False, string.Join('\n', _notices));
    }

    /// <summary>Does what Ctrl+C does.</summary>
    public void Interrupt() => Processes.Signal(_process.Id, "INT");

    public void WaitForExit()
    {
        if (!_process.WaitForExit(Eventually.HangGuard))
        {
            _process.Kill(entireProcessTree: true);
            Assert.Fail($"perfcollect did not end: {string.Join('\n', _notices)}");
        }

        // Without a timeout this also waits for the last lines of output.
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static void Keep(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }
}
