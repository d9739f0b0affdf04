namespace Engine.Bench.Gate.Measuring;

/// <summary>A benchmark of one build, set up.</summary>
internal sealed class GateSession(Func<int, Func<long>, long> run, int operationsPerSegment, IDisposable session) : IDisposable
{
    public int OperationsPerSegment => operationsPerSegment;

    /// <summary>Runs segments; returns how far the meter moved while they worked.</summary>
    public long Run(int segments, Func<long> meter) => run(segments, meter);

    public void Dispose() => session.Dispose();
}
