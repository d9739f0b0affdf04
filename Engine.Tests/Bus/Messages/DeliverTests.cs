using System.Text;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Bus.Versions;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

public class DeliverTests
{
    [Test]
    public void An_event_delivered_again_goes_to_one_subscription_with_its_ids_and_attempts()
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = 4 } });
        MessageSubscription other = bench.Bus.SubscribeMessages<OrderCreated>();
        int handled = 0;
        bench.Bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => handled++);
        var ids = new EventIds { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid(), IsReplay = true };

        PublishOutcome outcome = bench.Subscription.Deliver(new OrderCreated(7), ids, attempt: 3);

        EventMessage message = bench.Take();
        Assert.That((outcome, handled, other.GetStatistics().Accepted), Is.EqualTo((PublishOutcome.Published, 0, 0L)));
        Assert.That((message.Id, message.CorrelationId, message.CausationId), Is.EqualTo((ids.Id, ids.CorrelationId, ids.CausationId)));
        Assert.That((message.Attempt, message.IsReplay, message.Sequence), Is.EqualTo((3, true, 1L)));
        message.Nack(TimeSpan.Zero);
        bench.Take().Nack(TimeSpan.Zero);
        Assert.That(bench.Subscription.GetParked().Single().Attempts, Is.EqualTo(4), "earlier attempts count");
        bench.Publish(1);
        EventMessage published = bench.Take();
        Assert.That(
            (published.Attempt, published.IsReplay, other.GetStatistics().Accepted), Is.EqualTo((1, false, 1L)), "nothing is left behind");
    }

    [Test]
    public void Any_topic_that_matches_takes_it_over_once()
    {
        var bus = new EventBus();
        MessageSubscription subscription = bus.SubscribeMessages(["order.shipped", "order.*", "**"]);
        Assert.That(subscription.Deliver(new OrderCreated(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(subscription.Deliver(new Number(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(subscription.GetStatistics().Accepted, Is.EqualTo(2));
    }

    [Test]
    public async Task What_no_topic_matches_or_comes_after_the_end_is_not_subscribed()
    {
        var bench = new MessageBench();
        Assert.That(bench.Subscription.Deliver(new Number(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        await bench.Subscription.DisposeAsync();
        Assert.That(bench.Subscription.Deliver(new OrderCreated(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(bench.Statistics.Accepted, Is.Zero);
    }

    [Test]
    public void Admission_is_as_for_a_publish()
    {
        var bench = new MessageBench(new() { Capacity = 1, OverflowPolicy = OverflowPolicy.Fail });
        bench.Publish(1);
        Assert.That(bench.Subscription.Deliver(new OrderCreated(2)), Is.EqualTo(PublishOutcome.Rejected));
        Assert.That(bench.Statistics, Has.Property("Accepted").EqualTo(1).And.Property("Rejected").EqualTo(1));
    }

    [Test]
    public void An_event_that_is_only_a_name_and_bytes_is_delivered_as_its_newest_version()
    {
        var bus = new EventBus();
        using VersionedBus versions = CustomerNamed.Versions().Attach(bus);
        MessageSubscription subscription = bus.SubscribeMessages(["order.*", "customer.named"]);
        MessageSubscription other = bus.SubscribeMessages("customer.**");
        var ids = new EventIds { Id = Guid.NewGuid() };
        IncomingEvent incoming = Incoming(1, "Ada Lovelace", ids);
        DecodeOutcome outcome = subscription.Deliver(versions, incoming, out PublishOutcome delivered, out _, attempt: 2);
        Assert.That((outcome, delivered), Is.EqualTo((DecodeOutcome.Upcast, PublishOutcome.Published)));
        Assert.That(subscription.TryTake(out EventMessage message), Is.True);
        Assert.That((message.Id, message.Attempt, other.GetStatistics().Accepted), Is.EqualTo((ids.Id, 2, 0L)));
        Assert.That(
            message.TryGet<CustomerNamed>(out CustomerNamed? customer) ? customer : null,
            Is.EqualTo(new CustomerNamed("Ada", "Lovelace", "en")));
    }

    [Test]
    public void Bytes_that_cannot_be_read_or_nobody_takes_stay_the_callers()
    {
        var bus = new EventBus();
        using VersionedBus versions = CustomerNamed.Versions().Attach(bus);
        MessageSubscription orders = bus.SubscribeMessages("order.*");
        MessageSubscription customers = bus.SubscribeMessages("customer.*");
        IncomingEvent ada = Incoming(1, "Ada Lovelace", default);
        Assert.That(
            (orders.Deliver(versions, ada, out PublishOutcome delivered, out Exception? error), delivered, error),
            Is.EqualTo((DecodeOutcome.Current, PublishOutcome.NotSubscribed, (Exception?)null)));
        Assert.That(
            customers.Deliver(versions, Incoming(3, "Ada", default), out delivered, out error), Is.EqualTo(DecodeOutcome.Unreadable));
        Assert.That((delivered, error?.GetType()), Is.EqualTo((PublishOutcome.NotSubscribed, typeof(FormatException))));
        Assert.That(customers.Deliver(versions, Incoming(9, "?", default), out _, out _), Is.EqualTo(DecodeOutcome.UnknownVersion));
        Assert.That((customers.GetStatistics().Accepted, versions.Parked.Count), Is.EqualTo((0L, 0)));
    }

    [Test]
    public async Task A_stopped_bus_takes_nothing()
    {
        var bench = new MessageBench();
        await bench.Bus.StopAsync();
        Assert.That(bench.Subscription.Deliver(new OrderCreated(1)), Is.EqualTo(bench.Bus.Publish(new OrderCreated(1))));
    }

    [Test]
    public void Bad_arguments_are_named() => Assert.That(
        () => new MessageBench().Subscription.Deliver(new OrderCreated(1), attempt: 0),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("attempt"));

    private static IncomingEvent Incoming(int version, string payload, EventIds ids) =>
        new(new EventVersion("customer.named", version), Encoding.UTF8.GetBytes(payload), ids);
}
