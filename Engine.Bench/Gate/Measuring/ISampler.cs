namespace Engine.Bench.Gate.Measuring;

/// <summary>Measures two builds against each other, once.</summary>
internal interface ISampler
{
    /// <exception cref="ContractException">A build does not speak the contract.</exception>
    /// <exception cref="MeasurementException">The measurement failed.</exception>
    Task<ProcessSample> SampleAsync(
        string basePath, string headPath, GatedBenchmarkInfo benchmark, bool headFirst, CancellationToken cancellationToken);
}
