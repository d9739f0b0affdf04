using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.DotNetCli;

namespace Engine.Bench.Micro;

/// <summary>
/// Builds and runs benchmarks for .NET 10. BenchmarkDotNet 0.14.0 does not know that framework, and its own toolchains
/// look for the SDK of a framework it knows. This one builds for net10.0 and calls the runtime .NET 9, the newest that
/// the diagnosers ask for.
/// </summary>
internal static class Net10Toolchain
{
    public const string TargetFramework = "net10.0";

    public static IToolchain Instance { get; } = new Toolchain(
        TargetFramework,
        new BuiltAssemblyGenerator(TargetFramework),
        new DotNetCliBuilder(TargetFramework),
        // The parameter is not annotated; null asks for the default.
        new DotNetCliExecutor(customDotNetCliPath: null!));

    /// <summary>The job, built and run by this toolchain; without the checks that the solution's build has made.</summary>
    public static Job OnNet10(this Job job) => job.WithRuntime(CoreRuntime.Core90).WithToolchain(Instance).WithId(TargetFramework)
        .WithArguments([new MsBuildArgument("/p:RunAnalyzers=false"), new MsBuildArgument("/p:EnforceCodeStyleInBuild=false")]);
}
