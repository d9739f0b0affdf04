namespace Engine.Bench.Support;

/// <summary>A way to bring events from a producer to a consumer that notes how long each took.</summary>
internal interface ILatencyRun : IDisposable
{
    string Name { get; }

    /// <summary>Sends events and returns when the last has been noted.</summary>
    /// <param name="count">Number of events, and of samples that are recorded.</param>
    /// <param name="samples">Where latencies go, in nanoseconds.</param>
    void Run(int count, LatencySamples samples);
}
