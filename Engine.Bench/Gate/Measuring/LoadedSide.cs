using System.Reflection;

namespace Engine.Bench.Gate.Measuring;

/// <summary>One build, loaded, seen through the contract of <see cref="GateSide"/>.</summary>
internal sealed class LoadedSide
{
    private readonly Func<string, (Func<int, Func<long>, long> Run, int OperationsPerSegment, IDisposable Session)> _open;

    private LoadedSide(
        IReadOnlyList<GatedBenchmarkInfo> benchmarks,
        bool isSeeded,
        Func<string, (Func<int, Func<long>, long> Run, int OperationsPerSegment, IDisposable Session)> open)
    {
        Benchmarks = benchmarks;
        IsSeeded = isSeeded;
        _open = open;
    }

    public IReadOnlyList<GatedBenchmarkInfo> Benchmarks { get; }

    public bool IsSeeded { get; }

    /// <summary>Loads a build into a context of its own.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="assemblyPath">Its Engine.Bench.dll, with everything it needs beside it.</param>
    /// <exception cref="ContractException">The build does not speak this gate's contract.</exception>
    public static LoadedSide Load(string name, string assemblyPath)
    {
        if (!File.Exists(assemblyPath))
            throw new ContractException($"The {name} build has no file {assemblyPath}.");
        Assembly assembly = new SideContext(name, assemblyPath).LoadFromAssemblyPath(Path.GetFullPath(assemblyPath));
        Type side = assembly.GetType(typeof(GateSide).FullName!)
            ?? throw new ContractException($"The {name} build has no type {typeof(GateSide).FullName}: it is older than the gate.");
        int version = (int)ConstantOf(side, nameof(GateSide.ContractVersion), name);
        if (version != GateSide.ContractVersion)
        {
            throw new ContractException(
                $"The {name} build has version {version} of the gate's contract; this gate understands version " +
                $"{GateSide.ContractVersion}.");
        }

        try
        {
            var list = side.GetMethod(nameof(GateSide.List))!.CreateDelegate<Func<(string, string, bool)[]>>();
            return new LoadedSide(
                [.. list().Select(static row => new GatedBenchmarkInfo(row.Item1, row.Item2, row.Item3))],
                (bool)ConstantOf(side, nameof(GateSide.IsSeeded), name),
                side.GetMethod(nameof(GateSide.Open))!
                    .CreateDelegate<Func<string, (Func<int, Func<long>, long>, int, IDisposable)>>());
        }
        catch (Exception exception) when (exception is ArgumentException or NullReferenceException)
        {
            throw new ContractException(
                $"The {name} build claims version {version} of the gate's contract but lacks a member of it.", exception);
        }
    }

    /// <summary>Sets a benchmark up.</summary>
    public GateSession Open(string benchmark)
    {
        (Func<int, Func<long>, long> run, int operations, IDisposable session) = _open(benchmark);
        return new GateSession(run, operations, session);
    }

    private static object ConstantOf(Type side, string name, string build) =>
        side.GetField(name)?.GetRawConstantValue()
            ?? throw new ContractException($"The {build} build's {side.FullName} has no constant {name}.");
}
