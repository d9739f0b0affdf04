using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Counting;

/// <summary>
/// Counts the instructions of an operation, with Valgrind: the difference of two processes that run a different number of
/// segments, so that start-up and compilation cancel out. What a segment does beside its work, filling or emptying a ring,
/// is counted too. Tiers are off, so that each method is compiled once, the same way.
/// </summary>
internal static partial class InstructionCounter
{
    private const string Valgrind = "valgrind";
    private const int FewSegments = 5;
    private const int ManySegments = 45;

    private static readonly Dictionary<string, string> RuntimeSettings = new()
    {
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCgen0size"] = "0x4000000",
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <summary>Whether Valgrind is installed.</summary>
    public static bool IsAvailable => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(static folder => File.Exists(Path.Combine(folder, Valgrind)));

    /// <summary>Instructions per operation.</summary>
    /// <exception cref="MeasurementException">A process failed.</exception>
    public static async Task<double> CountAsync(string build, GatedBenchmarkInfo benchmark, CancellationToken cancellationToken)
    {
        double few = await RunAsync(build, benchmark, FewSegments, cancellationToken).ConfigureAwait(false);
        double many = await RunAsync(build, benchmark, ManySegments, cancellationToken).ConfigureAwait(false);
        int operations = OperationsOf(build, benchmark);
        return (many - few) / (ManySegments - FewSegments) / operations;
    }

    private static int OperationsOf(string build, GatedBenchmarkInfo benchmark)
    {
        using GateSession session = LoadedSide.Load("counted", build).Open(benchmark.Name);
        return session.OperationsPerSegment;
    }

    private static async Task<double> RunAsync(
        string build, GatedBenchmarkInfo benchmark, int segments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = SelfStart.Create(
            RuntimeSettings, Valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null");
        string[] arguments = [CountCommand.Name, build, benchmark.Name, segments.ToString(CultureInfo.InvariantCulture)];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        ExternalCommand.Result result = await ExternalCommand.RunAsync(start, cancellationToken).ConfigureAwait(false);
        Match collected = CollectedPattern().Match(result.Error);
        if (result.ExitCode != 0 || !collected.Success)
            throw new MeasurementException(
                $"Valgrind could not count {benchmark.Name}; it ended with {result.ExitCode}:{Environment.NewLine}{result.Tail}");
        return double.Parse(collected.Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"Collected : (\d+)")]
    private static partial Regex CollectedPattern();
}
