using System.Globalization;

namespace Engine.Cluster.Sizing;

/// <summary>Plans as lines of text. Stateless.</summary>
internal static class FleetPlanTable
{
    /// <summary>Plans fleets, and writes a line for each.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="costs">What things cost.</param>
    /// <param name="hosts">How many hosts each fleet has.</param>
    /// <param name="bytesPerSecond">Bytes of frames that each host sends a second.</param>
    /// <param name="replicas">Copies of a stream.</param>
    /// <param name="processors">Processors of a broker's node, and of a hub's machine.</param>
    public static void Write(
        TextWriter output, FleetCosts costs, IEnumerable<long> hosts, double bytesPerSecond, int replicas, int processors)
    {
        TimeSpan interval = TimeSpan.FromSeconds(Math.Max(0.02, costs.FrameBytes / bytesPerSecond));
        output.WriteLine(Text(
            $"each host {bytesPerSecond / 1e6:0.###} MB/s, a frame each {interval.TotalMilliseconds:F0} ms; {replicas} copies; ")
            + Text($"nodes and hubs with {processors} processors, used to 60 %"));
        output.WriteLine(
            "  hosts    fleets    shards    brokers    hubs    MB/s in all    network MB/s    stored a day    hub's shard    broker    "
            + "first limit");
        foreach (long count in hosts)
        {
            FleetPlan plan = FleetPlan.Of(costs, count, bytesPerSecond, interval, replicas, processors);
            output.WriteLine(
                Text($"{count,7}{plan.Fleets,10}{plan.Shards,10}{plan.BrokersPerFleet,11}{plan.HubsPerFleet,8}")
                + Text($"{plan.BytesPerSecond / 1e6,15:F1}{plan.NetworkBytesPerSecond / 1e6,16:F1}{plan.StoredBytesPerDay / 1e9,13:F0} GB")
                + Text($"{plan.Shard.Utilization,15:P0}{plan.BrokerUtilization,10:P0}    {plan.FirstLimit}"));
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
