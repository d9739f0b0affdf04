#if DEBUG
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>Debug builds catch a second thread that publishes into a producer's lanes.</summary>
[Category("DebugBuild")]
public class LaneOwnershipTests
{
    [Test]
    public void A_second_thread_is_caught_in_every_form()
    {
        EventEngine engine = Engines.Build();
        EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        lane.Publish(new Number(1));
        int owner = Environment.CurrentManagedThreadId;
        Threads.Run(() =>
        {
            ExpectCaught(owner, () => lane.Publish(new Number(1)));
            ExpectCaught(owner, () => lane.TryPublish(new Number(1)));
            ExpectCaught(owner, () => lane.Publish([new Number(1)]));
            ExpectCaught(owner, () => lane.Claim());
        });
    }

    [Test]
    public void Ownership_is_the_producers_and_not_the_lanes()
    {
        EventProducer producer = Engines.Build().CreateProducer();
        producer.GetLane<Number>().Publish(new Number(1));
        EventLane<Letter> letters = producer.GetLane<Letter>();
        Threads.Run(() => Assert.Throws<InvalidOperationException>(() => letters.Publish(new Letter(1))));
    }

    [Test]
    public void After_a_hand_over_the_next_thread_is_the_owner()
    {
        EventProducer producer = Engines.Build().CreateProducer();
        EventLane<Number> lane = producer.GetLane<Number>();
        lane.Publish(new Number(1));
        producer.ReleaseOwnership();
        Threads.Run(() => lane.Publish(new Number(2)));
        Assert.Throws<InvalidOperationException>(() => lane.Publish(new Number(3)));
    }

    [Test]
    public void The_shared_lane_is_for_every_thread()
    {
        SharedEventLane<Number> lane = Engines.Build().GetSharedLane<Number>();
        lane.Publish(new Number(1));
        Threads.Run(2, _ => lane.Publish(new Number(2)));
    }

    private static void ExpectCaught(int owner, Action publish)
    {
        InvalidOperationException error = Thrown.By<InvalidOperationException>(publish);
        Assert.That(error.Message, Does.Contain("single producer thread").And.Contain("\"cpu\"")
            .And.Contain($"belongs to thread {owner}").And.Contain($"thread {Environment.CurrentManagedThreadId} publishes"));
    }
}
#endif
