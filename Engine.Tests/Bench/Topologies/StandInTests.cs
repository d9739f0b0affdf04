using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Tests.Bench.Topologies;

/// <summary>What stands in for the Disruptor delivers every event once, in each form, also where the ring is lapped.</summary>
internal sealed class StandInTests
{
    [Test]
    public void Each_event_arrives_once([Values] StandInForm form)
    {
        IEventTransfer transfer = new StandInTransfer(form);
        const long Count = 300_000;
        Assert.That(transfer.Run(Count), Is.EqualTo(transfer.ExpectedSum(Count)));
    }

    [Test]
    public void Its_name_says_that_it_stands_in([Values] StandInForm form)
    {
        using var transfer = new StandInTransfer(form);
        Assert.That(transfer.Name, Does.StartWith("Disruptor stand-in"));
    }

    [Test]
    public void With_many_producers_the_consumer_stops_before_a_slot_that_is_not_published()
    {
        var ring = new StandInRing<Engine.Events.Vm.InstructionRetired>(isMultiProducer: true);
        Assert.That((ring.Next(1), ring.Next(2), ring.Next(1)), Is.EqualTo((0, 2, 3)));
        ring.Publish(0, 0);
        ring.Publish(3, 3);
        Assert.That(ring.WaitFor(0, default(StandInBusySpin)), Is.Zero);
        ring.Publish(1, 2);
        Assert.That(ring.WaitFor(1, default(StandInBusySpin)), Is.EqualTo(3));
    }
}
