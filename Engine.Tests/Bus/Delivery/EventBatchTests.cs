using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>A batch is a list for as long as its handler's task runs.</summary>
public class EventBatchTests
{
    [Test]
    public void A_batch_is_enumerated_across_awaits()
    {
        EventBus bus = Buses.Started();
        var seen = new List<(int, int)>();
        OrderCreated[] kept = [];
        bus.SubscribeBatch<OrderCreated>(
            async (batch, _) =>
            {
                foreach (OrderCreated order in batch)
                {
                    await Task.Yield();
                    seen.Add((order.Number, batch.Count));
                }

                kept = [.. batch.Where(static order => order.Number > 1)];
                Assert.That((batch[2].Number, batch.ContextOf(2).EventType.Name), Is.EqualTo((3, "order.created")));
                Assert.That(() => batch[3], Throws.TypeOf<ArgumentOutOfRangeException>());
            },
            new() { BatchSize = 3, BatchMaxWait = TimeSpan.FromMinutes(1) });
        for (int i = 1; i <= 3; i++)
            bus.Publish(new OrderCreated(i));
        bus.StopDrained();
        Assert.That(seen, Is.EqualTo(new[] { (1, 3), (2, 3), (3, 3) }));
        Assert.That(kept.Select(static order => order.Number), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(bus.GetStatistics().Subscriptions.Single().ErrorCount, Is.Zero);
    }

    [Test]
    public void An_enumeration_that_outlives_the_handler_throws_and_shows_no_other_batch()
    {
        EventBus bus = Buses.Started();
        EventBatch<Number>.Enumerator kept = default;
        BusSubscription subscription = bus.SubscribeBatch<Number>(
            (batch, _) =>
            {
                if (batch[0].Value == 1)
                {
                    kept = batch.GetEnumerator();
                    Assert.That(kept.MoveNext() && kept.Current.Value == 1, Is.True);
                }

                return default;
            },
            new() { BatchSize = 2, BatchMaxWait = TimeSpan.FromMinutes(1) });
        for (int i = 1; i <= 4; i++)
            bus.Publish(new Number(i));
        Eventually.IsTrue(() => bus.QueueOf(subscription).Succeeded == 4);
        Assert.That(() => kept.MoveNext(), Throws.InvalidOperationException.With.Message.Contains("handler has ended"));
        Assert.That(subscription.ErrorCount, Is.Zero);
    }
}
