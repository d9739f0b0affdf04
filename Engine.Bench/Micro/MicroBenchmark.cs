using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Engine.Bench.Micro;

/// <summary>A benchmarked method.</summary>
/// <param name="Suite">Its class.</param>
/// <param name="Method">The method.</param>
internal sealed record MicroBenchmark(Type Suite, MethodInfo Method)
{
    /// <summary>All of this assembly, by name.</summary>
    public static IReadOnlyList<MicroBenchmark> All { get; } =
    [
        .. typeof(MicroBenchmark).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods()
                .Where(static m => m.IsDefined(typeof(BenchmarkAttribute))).Select(m => new MicroBenchmark(type, m)))
            .OrderBy(static benchmark => benchmark.Name, StringComparer.Ordinal),
    ];

    /// <summary>Its permanent name.</summary>
    public string Name => $"{Suite.Name}.{Method.Name}";
}
