using System.Diagnostics;
using System.Text.Json;
using Engine.Bench.Micro;
using Engine.Tests.Architecture;

namespace Engine.Tests.Bench.Micro;

/// <summary>The whole way: BenchmarkDotNet builds for .NET 10, runs a suite, and all diagnosers find something.</summary>
[Parallelizable]
internal sealed class MicroCommandTests
{
    [Test]
    public void Suite_runs_with_all_diagnosers()
    {
        string json = Path.Combine(TestContext.CurrentContext.WorkDirectory, "micro.json");
        string disassembly = Path.Combine(
            SourceTree.Root, MicroConfig.ArtifactsFolder, "results", $"{typeof(StatisticsSnapshotBenchmarks).FullName}-asm.md");
        // Of an earlier run; in a fresh checkout not even the folder is there.
        if (File.Exists(disassembly))
            File.Delete(disassembly);

        Assert.That(Run("micro", "--quick", "--threading", "--disassembly", "--filter", "StatisticsSnapshot*", "--json", json), Is.Zero);

        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement row = report.RootElement.GetProperty("tables")[0].GetProperty("rows")[0];
        JsonElement values = row.GetProperty("values");
        Assert.That(row.GetProperty("name").GetString(), Is.EqualTo("Snapshot"));
        Assert.That(values.GetProperty("mean").GetDouble(), Is.Positive);
        Assert.That(values.GetProperty("allocated").GetDouble(), Is.Positive);
        Assert.That(values.GetProperty("Lock Contentions").GetDouble(), Is.Not.Negative);
        Assert.That(values.GetProperty("rate").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(File.ReadAllText(disassembly), Does.Contain("StatisticsSnapshotBenchmarks.Snapshot()"));
    }

    /// <summary>In a process of its own, as users run it: BenchmarkDotNet looks for the program it was started from.</summary>
    private static int Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MicroCommand).Assembly.Location, .. arguments])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.OutputDataReceived += static (_, line) => TestContext.Out.WriteLine(line.Data);
        process.ErrorDataReceived += static (_, line) => TestContext.Out.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.WaitForExit();
        return process.ExitCode;
    }
}
