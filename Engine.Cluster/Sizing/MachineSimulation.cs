namespace Engine.Cluster.Sizing;

/// <summary>
/// A fleet of which all is on one machine, by its costs: each host sends what it has as fast as it can, and broker, hub and hosts share
/// the processors. In steps of time, in each of which whoever has work gets an equal share, one processor at most for each thread it
/// has. Deterministic.
/// </summary>
internal static class MachineSimulation
{
    private const double StepMicroseconds = 500;
    private const double MaxMicroseconds = 3_600e6;

    /// <summary>How long it takes until the hub has everything.</summary>
    /// <param name="costs">What things cost.</param>
    /// <param name="hosts">Hosts.</param>
    /// <param name="framesPerHost">Frames that each has.</param>
    /// <param name="shards">Shards that they are spread over, evenly.</param>
    /// <param name="processors">Processors that the machine gives to all of it.</param>
    public static TimeSpan Run(FleetCosts costs, int hosts, long framesPerHost, int shards, double processors)
    {
        double[] starting = [.. Enumerable.Repeat(costs.HostMicrosecondsToStart, hosts)];
        double[] unsent = [.. Enumerable.Repeat((double)framesPerHost, hosts)];
        double atBroker = 0;
        double atHub = 0;
        double done = 0;
        double all = (double)hosts * framesPerHost;
        int hubThreads = Math.Min(shards, hosts);
        double time = 0;
        var shares = new double[hosts + 2];
        while (done < all - 0.5 && time < MaxMicroseconds)
        {
            double journals = Math.Max(1, Math.Min(hosts, atHub));
            double batch = Math.Max(1, Math.Min(atHub, (double)costs.BatchMessages * hubThreads));
            double perJournal = journals / batch;
            double hubCost = costs.HubMicrosecondsPerFrame + perJournal * costs.HubMicrosecondsPerJournal;
            double hubWait = perJournal * costs.HubDiskMicrosecondsPerJournal;
            for (int i = 0; i < hosts; i++)
                shares[i] = starting[i] > 0 || (unsent[i] > 0 && atBroker < (double)costs.Window * hosts) ? 1 : 0;
            shares[hosts] = atBroker > 0 ? processors : 0;
            // While its disk works, a thread of the hub takes no processor.
            shares[hosts + 1] = atHub > 0 ? hubThreads * hubCost / (hubCost + hubWait) : 0;
            Divide(shares, processors);
            for (int i = 0; i < hosts; i++)
            {
                double budget = shares[i] * StepMicroseconds;
                double begun = Math.Min(starting[i], budget);
                starting[i] -= begun;
                double sent = Math.Min(unsent[i], (budget - begun) / costs.HostMicrosecondsPerFrame);
                unsent[i] -= sent;
                atBroker += sent;
            }

            double passed = Math.Min(atBroker, shares[hosts] * StepMicroseconds / costs.BrokerMicrosecondsPerFrame);
            double taken = Math.Min(atHub, shares[hosts + 1] * StepMicroseconds / hubCost);
            atBroker -= passed;
            atHub += passed - taken;
            done += taken;
            time += StepMicroseconds;
        }

        return TimeSpan.FromMicroseconds(time);
    }

    // An equal share for each thread that has work; what one cannot use the others get.
    private static void Divide(double[] wanted, double processors)
    {
        var open = new List<int>();
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] > 0)
                open.Add(i);
        }

        double left = processors;
        while (open.Count > 0)
        {
            double fair = left / open.Count;
            int satisfied = open.FindIndex(i => wanted[i] <= fair);
            if (satisfied < 0)
            {
                foreach (int i in open)
                    wanted[i] = fair;
                return;
            }

            left -= wanted[open[satisfied]];
            open.RemoveAt(satisfied);
        }
    }
}
