using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class TopicTests
{
    [Test]
    public void Several_topics_share_a_subscription_and_an_event_that_two_match_comes_once()
    {
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages(["order.created", "order.*", "**", "test.number"]);
        for (int i = 0; i < 3; i++)
        {
            bus.Publish(new OrderCreated(1));
            bus.Publish(new OrderShipped(1));
            bus.Publish(new Number(1));
            bus.Publish(new Letter(1));
        }

        var names = new List<string>();
        while (subscription.TryTake(out EventMessage message))
            names.Add(message.EventType.Name);
        string[] round = ["order.created", "order.shipped", "test.number", "test.letter"];
        Assert.That(names, Is.EqualTo(round.Concat(round).Concat(round)));
    }

    [Test]
    public void Each_subscription_gets_each_event()
    {
        var bus = new EventBus();
        MessageSubscription[] all = [bus.SubscribeMessages<OrderCreated>(), bus.SubscribeMessages("order.*")];
        bus.Publish(new OrderCreated(5));
        bus.Publish(new OrderShipped(6));
        Assert.That(all.Select(static subscription => subscription.GetStatistics().Accepted), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(all[0].TryTake(out EventMessage first), Is.True);
        Assert.That(all[1].TryTake(out EventMessage second), Is.True);
        Assert.That((first.Id, first == second), Is.EqualTo((second.Id, false)));
    }

    [Test]
    public void A_message_knows_what_its_publisher_said_of_the_event()
    {
        var bus = new EventBus("shop");
        MessageSubscription subscription = bus.SubscribeMessages<OrderCreated>();
        var details = new EventDetails { Source = "web", Key = "order-5", Metadata = new Dictionary<string, string> { ["tenant"] = "7" } };
        bus.Publish(new OrderCreated(5), new EventIds { Details = details });
        bus.Publish(new OrderCreated(6));
        Assert.That(subscription.TryTake(out EventMessage first), Is.True);
        Assert.That(subscription.TryTake(out EventMessage second), Is.True);
        Assert.That((first.Details, second.Details), Is.EqualTo((details, new EventDetails())));
        second.Park("no such order");
        first.Park("no such customer");
        Assert.That(
            subscription.GetParked().Select(static parked => parked.Details),
            Is.EqualTo(new[] { new EventDetails(), details }));
    }

    [Test]
    public async Task After_it_ended_a_subscription_takes_nothing_over_and_what_is_in_flight_can_be_settled()
    {
        var bench = new MessageBench();
        bench.Publish(2);
        EventMessage message = bench.Take();
        await bench.Subscription.DisposeAsync();
        await bench.Subscription.DisposeAsync();
        bench.Publish(1);
        Assert.That(bench.IsEmpty, Is.True);
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        MessageSubscriptionStatistics end = bench.Statistics;
        Assert.That((end.Accepted, end.Acked, end.Waiting, end.IsBalanced), Is.EqualTo((2L, 1L, 1L, true)));
        Assert.That(bench.Time.PendingTimerCount, Is.Zero);
        Assert.That(bench.Bus.GetStatistics().Subscriptions, Is.Empty);
    }

    [Test]
    public void Messages_are_taken_over_by_the_publisher_whatever_the_mode_of_the_bus([Values] ProcessingMode mode)
    {
        var options = new EventBusOptions { DefaultMode = mode, Retry = new() { MaxAttempts = 3 } };
        var bus = new EventBus("orders", options);
        MessageSubscription subscription = bus.SubscribeMessages<OrderCreated>();
        bus.Publish(new OrderCreated(1));
        Assert.That(subscription.TryTake(out _), Is.True);
    }

    [Test]
    public void Names_are_the_topics_unless_given()
    {
        var bus = new EventBus();
        Assert.That(bus.SubscribeMessages(["a.*", "b"]).Name, Is.EqualTo("a.*, b"));
        Assert.That(bus.SubscribeMessages("a.*", new() { Name = "mine" }).GetStatistics().Name, Is.EqualTo("mine"));
        Assert.That(bus.GetStatistics().Subscriptions.Select(static s => s.Name), Is.EqualTo(new[] { "a.*, b", "a.*, b", "mine" }));
    }

    [Test]
    public void Bad_topics_and_options_are_named()
    {
        var bus = new EventBus();
        Assert.That(
            () => bus.SubscribeMessages(Array.Empty<string>()), Throws.ArgumentException.With.Message.Contains("at least one topic"));
        Assert.That(() => bus.SubscribeMessages(["a", "B"]), Throws.TypeOf<FormatException>().With.Message.Contains("\"B\""));
        Check(new() { OutputBuffer = 0 }, "OutputBuffer");
        Check(new() { Capacity = 0 }, "Capacity");
        Check(new() { Capacity = int.MaxValue }, "Capacity");
        Check(new() { ParkedCapacity = -1 }, "ParkedCapacity");
        Check(new() { Lease = TimeSpan.Zero }, "Lease");
        Check(new() { MaxLease = TimeSpan.Zero }, "MaxLease");
        Check(new() { Retry = new() { BaseDelay = TimeSpan.Zero } }, "BaseDelay");
        Check(new() { StallTimeout = TimeSpan.FromDays(100) }, "StallTimeout");
        Check(new() { OverflowPolicy = (Engine.Primitives.OverflowPolicy)9 }, "OverflowPolicy");
        Assert.That(bus.GetStatistics().Subscriptions, Is.Empty);

        void Check(MessageSubscriptionOptions options, string name) =>
            Assert.That(Thrown.By<ArgumentOutOfRangeException>(() => bus.SubscribeMessages("a", options)).ParamName, Is.EqualTo(name));
    }
}
