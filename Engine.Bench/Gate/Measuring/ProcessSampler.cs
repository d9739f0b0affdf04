using System.Diagnostics;
using System.Text.Json;
using Engine.Bench.Gate.Building;

namespace Engine.Bench.Gate.Measuring;

/// <summary>Has fresh processes measure.</summary>
internal sealed class ProcessSampler : ISampler
{
    /// <summary>
    /// What the measuring processes run with, in place of any other runtime setting of the environment. The JIT compiler's
    /// tiers are as users have them, so that statics are constants in hot code; the pause before methods are counted is
    /// left out, which shortens the warm-up. Its profiles are off: two compilations of one build differ by up to 10 %
    /// with them, because of what each happened to see first.
    /// </summary>
    public static IReadOnlyDictionary<string, string> RuntimeSettings { get; } = new Dictionary<string, string>
    {
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCgen0size"] = "0x4000000",
        ["DOTNET_TC_CallCountingDelayMs"] = "0",
        ["DOTNET_TieredPGO"] = "0",
    };

    /// <inheritdoc/>
    public async Task<ProcessSample> SampleAsync(
        string basePath, string headPath, GatedBenchmarkInfo benchmark, bool headFirst, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = SelfStart.Create(RuntimeSettings);
        string[] arguments = [MeasureCommand.Name, basePath, headPath, benchmark.Name];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        if (headFirst)
            start.ArgumentList.Add(MeasureCommand.HeadFirstOption);
        if (benchmark.IsThreaded)
            start.ArgumentList.Add(MeasureCommand.ThreadedOption);
        ExternalCommand.Result result = await ExternalCommand.RunAsync(start, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode == MeasureCommand.ContractMismatch)
            throw new ContractException(result.Error.Trim());
        if (result.ExitCode != 0)
            throw new MeasurementException(
                $"The process that measured {benchmark.Name} ended with {result.ExitCode}:{Environment.NewLine}{result.Tail}");
        return JsonSerializer.Deserialize<ProcessSample>(result.Output)
            ?? throw new MeasurementException($"The process that measured {benchmark.Name} printed no result.");
    }
}
