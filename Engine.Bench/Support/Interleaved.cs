using System.Diagnostics;

namespace Engine.Bench.Support;

/// <summary>Runs variants in turn, so that a change of the machine's mood hits all of them.</summary>
internal static class Interleaved
{
    public static RoundResult[] Run(int rounds, int variants, Func<int, double> measure, Action<int>? progress = null)
    {
        var results = new RoundResult[rounds];
        for (int round = 0; round < rounds; round++)
        {
            progress?.Invoke(round);
            double roundTrip = CoreRoundTrip.MeasureNanoseconds();
            double[] values = new double[variants];
            for (int i = 0; i < variants; i++)
            {
                int variant = (round + i) % variants;
                values[variant] = measure(variant);
            }

            results[round] = new RoundResult(roundTrip, values);
        }

        return results;
    }

    /// <summary>Million events per second of one run, its checksum checked.</summary>
    public static double MillionsPerSecond(IEventTransfer transfer, long count)
    {
        long start = Stopwatch.GetTimestamp();
        ulong sum = transfer.Run(count);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Checksum.Check(transfer.Name, sum, transfer.ExpectedSum(count));
        return count / seconds / 1e6;
    }

    /// <summary>Latencies of one run, their number checked.</summary>
    /// <param name="run">What to run.</param>
    /// <param name="count">Number of events.</param>
    public static LatencySamples Latencies(ILatencyRun run, int count)
    {
        var samples = new LatencySamples();
        samples.Reserve(count);
        run.Run(count, samples);
        if (samples.Count != count)
            throw new InvalidOperationException($"\"{run.Name}\" noted {samples.Count} latencies of {count} events.");
        return samples;
    }
}
