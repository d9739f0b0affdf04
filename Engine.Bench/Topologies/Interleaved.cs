using System.Diagnostics;
using Engine.Bench.Support;

namespace Engine.Bench.Topologies;

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
    public static double MillionsPerSecond(IOneToOne topology)
    {
        long start = Stopwatch.GetTimestamp();
        ulong sum = topology.Run(topology.EventCount);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (sum != Checksum.Expected(topology.EventCount))
            throw new InvalidOperationException($"Wrong checksum in \"{topology.Name}\": {sum}, expected {Checksum.Expected(topology.EventCount)}.");
        return topology.EventCount / seconds / 1e6;
    }
}
