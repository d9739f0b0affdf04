namespace Engine.Cluster.Sizing;

/// <summary>
/// One shard of a hub, message by message: hosts send a frame each so often, at times that chance spreads; the hub takes what is there,
/// a batch at a time, and makes each journal of a batch durable by itself. Deterministic by its seed.
/// </summary>
internal static class ShardSimulation
{
    /// <summary>Lets time pass.</summary>
    /// <param name="costs">What things cost.</param>
    /// <param name="hosts">Hosts of the shard.</param>
    /// <param name="frameInterval">From one frame of a host to its next.</param>
    /// <param name="duration">How long.</param>
    /// <param name="seed">Of what chance decides.</param>
    public static ShardLoad Run(FleetCosts costs, int hosts, TimeSpan frameInterval, TimeSpan duration, int seed)
    {
        if (hosts == 0)
            return new ShardLoad(0, TimeSpan.Zero, 0, 1, IsFollowed: true);
        var random = new Random(seed);
        var arrivals = new PriorityQueue<int, double>(hosts);
        for (int host = 0; host < hosts; host++)
            arrivals.Enqueue(host, random.NextDouble() * frameInterval.TotalMicroseconds);
        double now = 0;
        double journals = 0;
        long batches = 0;
        long taken = 0;
        var waits = new List<double>();
        var touched = new HashSet<int>();
        while (now < duration.TotalMicroseconds)
        {
            arrivals.TryPeek(out _, out double first);
            now = Math.Max(now, first);
            double began = now;
            touched.Clear();
            int count = 0;
            double oldest = first;
            while (count < costs.BatchMessages && arrivals.TryPeek(out int host, out double at) && at <= began)
            {
                arrivals.Dequeue();
                touched.Add(host);
                arrivals.Enqueue(host, at + frameInterval.TotalMicroseconds);
                count++;
            }

            double cost = count * costs.HubMicrosecondsPerFrame
                + touched.Count * (costs.HubMicrosecondsPerJournal + costs.HubDiskMicrosecondsPerJournal);
            now += cost;
            taken += count;
            journals += touched.Count;
            batches++;
            waits.Add(now - oldest);
        }

        waits.Sort();
        double offered = hosts * duration.TotalMicroseconds / frameInterval.TotalMicroseconds;
        // A batch is as long as what came meanwhile: so how near the end is, is told by batches that are full.
        double full = costs.BatchMessages * costs.HubMicrosecondsPerFrame
            + Math.Min(hosts, costs.BatchMessages) * (costs.HubMicrosecondsPerJournal + costs.HubDiskMicrosecondsPerJournal);
        double most = costs.BatchMessages * duration.TotalMicroseconds / full;
        return new ShardLoad(
            offered / most, TimeSpan.FromMicroseconds(waits[(int)(0.99 * (waits.Count - 1))]), journals / batches, (double)taken / batches,
            // What did not come to its turn grows for ever.
            IsFollowed: taken >= 0.98 * offered || waits[^1] < frameInterval.TotalMicroseconds);
    }
}

/// <summary>How a shard fares.</summary>
/// <param name="Utilization">What comes, as a share of what its thread can take in with full batches; above 1 it cannot.</param>
/// <param name="Delay99">The longest that a frame of a batch waited until it was durable: of 99 of 100 batches.</param>
/// <param name="JournalsPerBatch">Journals that a batch touches, in the mean.</param>
/// <param name="FramesPerBatch">Frames of a batch, in the mean.</param>
/// <param name="IsFollowed">Whether the hub takes in all that comes.</param>
internal sealed record ShardLoad(
    double Utilization, TimeSpan Delay99, double JournalsPerBatch, double FramesPerBatch, bool IsFollowed);
