using Engine.Bus;
using Engine.Bus.Queues;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>Options that say what a bus may take for itself: dispatchers and envelopes.</summary>
internal sealed class ResourceOptionTests
{
    [Test]
    public async Task Dispatchers_are_added_while_handlers_block_all_unless_that_is_switched_off([Values] bool isAdaptive)
    {
        var time = new ManualTime();
        var options = new EventBusOptions { TimeProvider = time, Async = { DispatcherCount = 1, IsAdaptive = isAdaptive } };
        await using var bus = new EventBus("b", options);
        using var isBlocked = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) =>
            {
                isBlocked.Set();
                mayGoOn.Wait();
            },
            new() { Mode = ProcessingMode.Async });
        bus.Start();
        bus.Publish(new OrderCreated(1));
        Eventually.IsOpen(isBlocked);
        bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { }, new() { Mode = ProcessingMode.Async });
        bus.Publish(new OrderCreated(2));
        for (int i = 0; i < 3; i++)
            time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.That(bus.GetStatistics().Dispatchers.DispatcherCount, isAdaptive ? Is.GreaterThan(1) : Is.EqualTo(1));
        mayGoOn.Set();
        Assert.That(Eventually.Result(bus.StopAsync()).IsDrained, Is.True);
    }

    [TestCase(1, 5)]
    [TestCase(3, 3)]
    public void A_pool_keeps_as_many_as_it_is_told(int size, int expectedCreated)
    {
        var pool = new QueuedEventPool<OrderCreated>(size);
        for (int round = 0; round < 2; round++)
        {
            QueuedEvent<OrderCreated>[] rented = [pool.Rent(), pool.Rent(), pool.Rent()];
            foreach (QueuedEvent<OrderCreated> queued in rented)
                pool.TakeBack(queued);
        }

        Assert.That(pool.Statistics.CreatedCount, Is.EqualTo(expectedCreated));
    }
}
