using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using Perfolizer.Horology;

namespace Engine.Bench.Micro;

/// <summary>What to measure besides time, and how long.</summary>
/// <param name="IsQuick">Three iterations instead of as many as the precision needs.</param>
/// <param name="HasThreading">Also lock contentions and completed work items.</param>
/// <param name="HasDisassembly">Also the machine code of the benchmarked methods.</param>
internal sealed record MicroOptions(bool IsQuick, bool HasThreading, bool HasDisassembly);

/// <summary>The configuration of BenchmarkDotNet for all suites.</summary>
internal static class MicroConfig
{
    /// <summary>Git ignores a folder of this name.</summary>
    public const string ArtifactsFolder = "BenchmarkDotNet.Artifacts";

    public static IConfig Create(MicroOptions options, string checkout, ILogger logger)
    {
        ManualConfig config = ManualConfig.CreateEmpty()
            .AddJob((options.IsQuick ? QuickJob : DefaultJob).OnNet10())
            .AddLogger(logger)
            .AddColumnProvider(DefaultColumnProviders.Descriptor, DefaultColumnProviders.Params, DefaultColumnProviders.Metrics)
            .AddColumn(StatisticColumn.Mean, StatisticColumn.Error, EventRateColumn.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .WithArtifactsPath(Path.Combine(checkout, ArtifactsFolder))
            .WithOptions(ConfigOptions.JoinSummary)
            .WithBuildTimeout(TimeSpan.FromMinutes(5));
        if (options.HasThreading)
            config.AddDiagnoser(ThreadingDiagnoser.Default);
        if (options.HasDisassembly)
            config.AddDiagnoser(new DisassemblyDiagnoser(new DisassemblyDiagnoserConfig(maxDepth: 3, exportGithubMarkdown: true)));
        return config;
    }

    // Four warm-ups of a quarter second bring the code under test to the last tier of the compiler.
    private static Job DefaultJob => Job.Default
        .WithWarmupCount(4).WithMaxIterationCount(20).WithIterationTime(TimeInterval.FromMilliseconds(250));

    // Too short to climb the tiers of the compiler, so it starts at the top.
    private static Job QuickJob => Job.Default
        .WithWarmupCount(1).WithIterationCount(3).WithIterationTime(TimeInterval.FromMilliseconds(20))
        .WithEnvironmentVariable("DOTNET_TieredCompilation", "0");
}
