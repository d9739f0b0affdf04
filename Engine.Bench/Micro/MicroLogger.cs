using BenchmarkDotNet.Loggers;
using Engine.Bench.Support;

namespace Engine.Bench.Micro;

/// <summary>Turns BenchmarkDotNet's log, which also goes to a file among its artifacts, into progress and errors.</summary>
/// <param name="progress">Gets the benchmark under way.</param>
/// <param name="errors">Gets errors.</param>
internal sealed class MicroLogger(Progress progress, TextWriter errors) : ILogger
{
    private const string BenchmarkMark = "// Benchmark: ";
    private const string BuildMark = "// ***** Building ";

    private int _begun;

    /// <summary>Benchmarks of the run.</summary>
    public int Total { get; set; }

    public string Id => nameof(MicroLogger);

    public int Priority => 0;

    public void Write(LogKind logKind, string text) => WriteText(logKind, text);

    public void WriteLine(LogKind logKind, string text) => WriteText(logKind, text + "\n");

    public void WriteLine()
    {
    }

    public void Flush()
    {
    }

    private void WriteText(LogKind kind, string text)
    {
        // BenchmarkDotNet would go on with the next benchmark while the process ends.
        if (CommandRun.IsInterrupted)
            Thread.Sleep(Timeout.Infinite);
        if (kind == LogKind.Error)
            errors.Write(text);
        else if (text.StartsWith(BenchmarkMark, StringComparison.Ordinal))
            progress.Step($"{++_begun} of {Total}: {text[BenchmarkMark.Length..].Split(':')[0].Trim()}");
        else if (text.StartsWith(BuildMark, StringComparison.Ordinal))
            progress.Step("building");
    }
}
