using Engine.Bench.Gate.Benchmarks;

namespace Engine.Bench.Gate;

/// <summary>
/// What a build of this program offers to the gate that loads it, by reflection, into an
/// <see cref="System.Runtime.Loader.AssemblyLoadContext"/>. The gate may be younger than the build. So names and
/// signatures here stay as they are, use types of the base class library only, and a change that an older or younger
/// gate cannot cope with takes a new <see cref="ContractVersion"/>.
/// </summary>
internal static class GateSide
{
    /// <summary>Version of this class's members and of their meaning.</summary>
    public const int ContractVersion = 1;

    /// <summary>Whether this build is the one whose slow-down the self-test has to find.</summary>
    public const bool IsSeeded = SeededSlowdown.IsSeeded;

    /// <summary>
    /// The gated benchmarks: permanent name, what one operation is, and whether other threads take part, so that only the
    /// wall clock times it.
    /// </summary>
    public static (string Name, string Operation, bool IsThreaded)[] List() =>
        [.. GatedBenchmarks.All.Select(static entry => (entry.Name, entry.Operation, entry.IsThreaded))];

    /// <summary>
    /// Sets a benchmark up. <c>Run</c> takes a number of segments and a meter, which is read right before and after the
    /// work of each, and returns how far the meter moved in all of them. It is to be called on one thread and throws
    /// where the work was not done.
    /// </summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="InvalidOperationException">There is no such benchmark.</exception>
    public static (Func<int, Func<long>, long> Run, int OperationsPerSegment, IDisposable Session) Open(string name)
    {
        GatedBenchmark benchmark = GatedBenchmarks.All.Single(entry => entry.Name == name).Create();
        return (benchmark.Run, benchmark.OperationsPerSegment, benchmark);
    }
}
