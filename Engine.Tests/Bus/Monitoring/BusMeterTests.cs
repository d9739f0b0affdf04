using System.Diagnostics.Metrics;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Primitives;
using Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>What the meter "Engine.Bus" reads of buses.</summary>
internal sealed class BusMeterTests
{
    [Test]
    public async Task Counts_are_those_of_the_statistics()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        await using var factory = new EventBusFactory(
            static _ =>
                new EventBusOptions { Async = { QueueCapacity = 2, OverflowPolicy = OverflowPolicy.DropIncoming } }, meterFactory: meters);
        EventBus bus = factory.Get("orders");
        using var reader = new BusMeterReader(meters);
        bus.Subscribe<OrderCreated>(static (in OrderCreated order, EventContext _) =>
        {
            if (order.Number == 0)
                throw new TimeoutException();
        }, new() { Name = "stock" });
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Mode = ProcessingMode.Async, Name = "mail" });
        for (int i = 0; i < 5; i++)
            bus.Publish(new OrderCreated(i));

        IReadOnlyDictionary<string, double> values = reader.Collect();
        Assert.Multiple(() =>
        {
            Assert.That(values["engine.bus.events.published orders"], Is.EqualTo(5));
            Assert.That(values["engine.bus.events.delivered orders stock"], Is.EqualTo(5));
            Assert.That(values["engine.bus.handler.errors orders stock"], Is.EqualTo(1));
            Assert.That(values["engine.bus.events.dropped orders mail"], Is.EqualTo(3));
            Assert.That(values["engine.bus.queue.length orders mail"], Is.EqualTo(2));
            Assert.That(values["engine.bus.queue.capacity orders mail"], Is.EqualTo(2));
            Assert.That(values["engine.bus.running orders"], Is.Zero);
            Assert.That(values.Keys, Has.None.StartsWith("engine.bus.latency"), "Nothing has been handled from the queue.");
        });
        factory.Start();
        Eventually.IsTrue(() => reader.Collect().GetValueOrDefault("engine.bus.events.delivered orders mail") == 2);
        Eventually.IsTrue(() => reader.Collect().ContainsKey("engine.bus.latency orders mail 0.99"));
        Assert.That(reader.Collect()["engine.bus.running orders"], Is.EqualTo(1));
    }

    [Test]
    public async Task A_bus_whose_clock_throws_takes_nothing_from_the_others()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        var clock = new StoppableClock();
        await using var factory = new EventBusFactory(
            name => new EventBusOptions { TimeProvider = name == "broken" ? clock : TimeProvider.System }, meterFactory: meters);
        factory.Get("broken");
        factory.Get("whole");
        using var reader = new BusMeterReader(meters);
        clock.IsBroken = true;
        Assert.That(reader.Collect().Keys.Where(static key => key.StartsWith("engine.bus.running", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "engine.bus.running whole" }));
        clock.IsBroken = false;
    }

    private sealed class StoppableClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override DateTimeOffset GetUtcNow() => IsBroken ? throw new InvalidOperationException("no time") : base.GetUtcNow();
    }

    [Test]
    public async Task Message_subscriptions_are_counted_until_they_end()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        await using var factory = new EventBusFactory(meterFactory: meters);
        EventBus bus = factory.Get("orders");
        using var reader = new BusMeterReader(meters);
        MessageSubscription bills = bus.SubscribeMessages<OrderCreated>(
            new() { Name = "bills", Capacity = 4, OverflowPolicy = OverflowPolicy.Fail });
        for (int i = 0; i < 6; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That(bills.TryTake(out EventMessage acked) && bills.TryTake(out _), Is.True);
        Assert.That(bills.TryTake(out EventMessage nacked), Is.True);
        acked.Ack();
        nacked.Nack();
        MessageSubscriptionStatistics statistics = bus.GetStatistics().Messages.Single();
        Assert.That((statistics.Name, statistics.Id, statistics.AckTime.Count), Is.EqualTo(
            ("bills", bus.GetStatistics().Subscriptions.Single().Id, 1L)));
        IReadOnlyDictionary<string, double> values = reader.Collect();
        Assert.That(
            new[] { "acked", "nacked", "expired", "rejected", "dropped", "waiting", "in_flight", "capacity", "parked" }
                .Select(name => values[$"engine.bus.messages.{name} orders bills"]),
            Is.EqualTo(new double[] { 1, 1, 0, 2, 0, 2, 1, 4, 0 }));
        Assert.That(
            values["engine.bus.messages.ack.duration orders bills 0.99"], Is.EqualTo(statistics.AckTime.PercentileNanoseconds(0.99) / 1e9));
        await bills.DisposeAsync();
        Assert.That(bus.GetStatistics().Messages, Is.Empty);
        Assert.That(reader.Collect().Keys, Has.None.StartsWith("engine.bus.messages"));
    }

    [Test]
    public async Task Subscriptions_of_one_name_are_added_up_and_a_stopped_bus_is_gone()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        var factory = new EventBusFactory(meterFactory: meters);
        await using (factory)
        {
            using var reader = new BusMeterReader(meters);
            EventBus bus = factory.Get("orders");
            for (int i = 0; i < 2; i++)
                bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { }, new() { Name = "stock" });
            bus.Publish(new OrderCreated(1));
            Assert.That(reader.Collect()["engine.bus.events.delivered orders stock"], Is.EqualTo(2));
            await factory.StopAsync();
            Assert.That(reader.Collect(), Is.Empty);
        }
    }
}
