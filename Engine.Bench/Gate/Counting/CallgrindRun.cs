using System.Globalization;
using System.IO.Enumeration;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Measuring;

namespace Engine.Bench.Gate.Counting;

/// <summary>
/// A cross-check that no other load disturbs: instructions per operation of base and head. It does not decide anything;
/// fewer instructions are not always faster. Benchmarks with threads are left out, since waiting threads count too.
/// </summary>
internal static class CallgrindRun
{
    /// <exception cref="GateSetupException">Valgrind is missing, or the filter matches nothing.</exception>
    public static async Task<int> RunAsync(GateBuilds builds, string filter, TextWriter output, CancellationToken cancellationToken)
    {
        if (!InstructionCounter.IsAvailable)
            throw new GateSetupException("Valgrind is not installed; on Debian: apt-get install valgrind");
        IReadOnlyList<GatedBenchmarkInfo> inBase = LoadedSide.Load("base", builds.Base).Benchmarks;
        GatedBenchmarkInfo[] benchmarks = [.. LoadedSide.Load("head", builds.Head).Benchmarks.Where(benchmark =>
            !benchmark.IsThreaded && inBase.Contains(benchmark) && FileSystemName.MatchesSimpleExpression(filter, benchmark.Name))];
        if (benchmarks.Length == 0)
            throw new GateSetupException($"No single-threaded gated benchmark that base and head have matches \"{filter}\".");
        await output.WriteLineAsync("instructions per operation").ConfigureAwait(false);
        foreach (GatedBenchmarkInfo benchmark in benchmarks)
        {
            double before = await InstructionCounter.CountAsync(builds.Base, benchmark, cancellationToken).ConfigureAwait(false);
            double after = await InstructionCounter.CountAsync(builds.Head, benchmark, cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"  {benchmark.Name,-28} {after / before,6:0.000}  {before,10:0.0} -> {after,10:0.0}"))
                .ConfigureAwait(false);
        }

        return GateExitCodes.Passed;
    }
}
