namespace Engine.Cluster.Sizing;

/// <summary>What a fleet of so many hosts needs, by its costs and a simulation of its shards. Immutable.</summary>
/// <param name="Hosts">Hosts.</param>
/// <param name="Shards">Shards of each fleet: streams, and consumers, one each.</param>
/// <param name="Fleets">Fleets that the hosts have to be divided into, each with brokers and hubs of its own.</param>
/// <param name="BrokersPerFleet">Nodes of each fleet's broker, each copy on another one.</param>
/// <param name="HubsPerFleet">Processes that share a fleet's shards.</param>
/// <param name="BytesPerSecond">What all hosts send together.</param>
/// <param name="NetworkBytesPerSecond">What that is on a fleet's wires: to the broker, between its copies, to the hub.</param>
/// <param name="StoredBytesPerDay">What the hubs store.</param>
/// <param name="Shard">How one shard fares.</param>
/// <param name="BrokerUtilization">Share of a node's processors that is used.</param>
/// <param name="FirstLimit">What fails first where hosts or bytes grow.</param>
internal sealed record FleetPlan(
    long Hosts, int Shards, int Fleets, int BrokersPerFleet, int HubsPerFleet, double BytesPerSecond, double NetworkBytesPerSecond,
    double StoredBytesPerDay, ShardLoad Shard, double BrokerUtilization, string FirstLimit)
{
    private const int MaxShards = 64;
    private const int MaxNodes = 9;
    private const double Headroom = 0.6;
    private static readonly TimeSpan s_simulated = TimeSpan.FromSeconds(30);

    /// <summary>Plans a fleet.</summary>
    /// <param name="costs">What things cost.</param>
    /// <param name="hosts">Hosts.</param>
    /// <param name="bytesPerSecond">Bytes of frames that each sends a second.</param>
    /// <param name="frameInterval">From one frame of a host to its next.</param>
    /// <param name="replicas">Copies of a stream.</param>
    /// <param name="processors">Processors of a broker's node, and of a hub's machine.</param>
    public static FleetPlan Of(
        FleetCosts costs, long hosts, double bytesPerSecond, TimeSpan frameInterval, int replicas, int processors)
    {
        double framesPerSecond = hosts / frameInterval.TotalSeconds;
        double frameBytes = bytesPerSecond * frameInterval.TotalSeconds;
        // Measured with frames of one size: larger ones cost by their bytes, smaller ones as much.
        double scale = Math.Max(1, frameBytes / costs.FrameBytes);
        FleetCosts scaled = costs with
        {
            BrokerMicrosecondsPerFrame = costs.BrokerMicrosecondsPerFrame * scale,
            HubMicrosecondsPerFrame = costs.HubMicrosecondsPerFrame * scale,
            FrameBytes = frameBytes,
        };
        double heartbeats = hosts / 2.0;
        double brokerLoad = (framesPerSecond * replicas * scaled.BrokerMicrosecondsPerFrame
            + heartbeats * costs.BrokerMicrosecondsPerHeartbeat) / 1e6;
        double nodes = Math.Max(replicas, Math.Ceiling(brokerLoad / (processors * Headroom)));
        int fleets = (int)Math.Max(1, Math.Ceiling(nodes / MaxNodes));
        (int shards, ShardLoad load) = ShardsOf(scaled, hosts / (double)fleets, frameInterval);
        while (!IsGood(load) && fleets < 100_000)
        {
            fleets = (int)Math.Ceiling(fleets * 1.25 + 0.5);
            (shards, load) = ShardsOf(scaled, hosts / (double)fleets, frameInterval);
        }

        int brokers = (int)Math.Max(replicas, Math.Ceiling(nodes / fleets));
        double hubLoad = framesPerSecond / fleets * (scaled.HubMicrosecondsPerFrame
            + load.JournalsPerBatch / load.FramesPerBatch * costs.HubMicrosecondsPerJournal) / 1e6
            + heartbeats / fleets * costs.HubMicrosecondsPerHeartbeat / 1e6;
        int hubs = (int)Math.Max(1, Math.Ceiling(hubLoad / (processors * Headroom)));
        double bytes = hosts * bytesPerSecond;
        double brokerUse = brokerLoad / fleets / (brokers * processors);
        return new FleetPlan(
            hosts, shards, fleets, brokers, hubs, bytes, bytes / fleets * (replicas + 1), bytes * 86_400, load, brokerUse,
            brokerUse > load.Utilization ? "the broker's processors" : "a hub's shard, one journal after the other");
    }

    private static bool IsGood(ShardLoad load) => load.IsFollowed && load.Utilization <= Headroom;

    private static (int Shards, ShardLoad Load) ShardsOf(FleetCosts costs, double hosts, TimeSpan frameInterval)
    {
        for (int shards = 8; ; shards *= 2)
        {
            ShardLoad load = ShardSimulation.Run(costs, (int)Math.Ceiling(hosts / shards), frameInterval, s_simulated, 1);
            if (shards >= MaxShards || IsGood(load))
                return (shards, load);
        }
    }
}
