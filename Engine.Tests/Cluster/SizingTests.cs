using Engine.Cluster.Sizing;

namespace Engine.Tests.Cluster;

/// <summary>The simulations say what follows from their costs by plain arithmetic, where plain arithmetic does.</summary>
[TestFixture]
internal sealed class SizingTests
{
    private static readonly FleetCosts s_costs = new()
    {
        HostMicrosecondsPerFrame = 100,
        BrokerMicrosecondsPerFrame = 200,
        HubMicrosecondsPerFrame = 300,
        FrameBytes = 30_000,
        BrokerMicrosecondsPerHeartbeat = 10,
        HubMicrosecondsPerHeartbeat = 10,
    };

    [TestCase(1, 8.0, 1e6 / 300, Description = "the hub's one thread is the slowest")]
    [TestCase(8, 2.0, 2e6 / 600, Description = "the processors are")]
    [TestCase(8, 0.5, 0.5e6 / 600)]
    public void A_machine_does_as_much_as_its_slowest_part(int hosts, double processors, double framesPerSecond)
    {
        TimeSpan time = MachineSimulation.Run(s_costs, hosts, 8000 / hosts, 8, processors);
        Assert.That(8000 / time.TotalSeconds, Is.EqualTo(framesPerSecond).Within(6).Percent);
    }

    [Test]
    public void What_hosts_take_to_start_comes_on_top()
    {
        FleetCosts slow = s_costs with { HostMicrosecondsToStart = 1e6 };
        TimeSpan time = MachineSimulation.Run(slow, 4, 1000, 8, processors: 1) - MachineSimulation.Run(s_costs, 4, 1000, 8, processors: 1);
        Assert.That(time.TotalSeconds, Is.EqualTo(4).Within(5).Percent, "four hosts of one processor");
    }

    [Test]
    public void A_shard_is_as_busy_as_what_comes_costs()
    {
        ShardLoad load = ShardSimulation.Run(s_costs, 100, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(30), 1);
        Assert.That(load.Utilization, Is.EqualTo(100 * 10 * 300 / 1e6).Within(5).Percent);
        Assert.That(load.IsFollowed, Is.True);
        Assert.That(
            ShardSimulation.Run(s_costs, 1000, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(30), 1).IsFollowed, Is.False);
    }

    [Test]
    public void Journals_that_are_synchronized_one_by_one_cost_more_than_their_bytes()
    {
        FleetCosts withDisk = s_costs with { HubDiskMicrosecondsPerJournal = 1000 };
        ShardLoad few = ShardSimulation.Run(withDisk, 4, TimeSpan.FromSeconds(0.004), TimeSpan.FromSeconds(30), 1);
        ShardLoad many = ShardSimulation.Run(withDisk, 1000, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), 1);
        Assert.That(few.JournalsPerBatch, Is.LessThan(many.JournalsPerBatch));
        Assert.That(few.Utilization, Is.LessThan(many.Utilization));
    }

    [Test]
    public void A_larger_fleet_needs_no_less_of_anything()
    {
        FleetPlan[] plans =
        [
            .. new long[] { 10, 1_000, 100_000 }.Select(static hosts => FleetPlan.Of(
                s_costs with { HubDiskMicrosecondsPerJournal = 500 }, hosts, 100_000, TimeSpan.FromSeconds(0.3), 3, 8)),
        ];
        Assert.That(plans.Select(static plan => plan.Fleets * plan.BrokersPerFleet), Is.Ordered);
        Assert.That(plans.Select(static plan => plan.Fleets * plan.Shards), Is.Ordered);
        Assert.That(plans[0].Fleets, Is.EqualTo(1));
        Assert.That(plans[2].Fleets, Is.GreaterThan(1));
        Assert.That(plans[1].StoredBytesPerDay, Is.EqualTo(1_000 * 100_000.0 * 86_400));
        Assert.That(plans, Has.All.Matches<FleetPlan>(static plan => plan.Shard.IsFollowed && plan.BrokerUtilization <= 0.6));
    }
}
