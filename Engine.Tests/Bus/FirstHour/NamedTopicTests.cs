using System.Text;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Publish;
using Engine.Tests.Bus.Versions;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>Topics that are known at run time only: by bytes alone, or by the bytes of events that have a type.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NamedTopicTests : IAsyncDisposable
{
    private readonly EventBus _bus = new("tenants");
    private readonly List<string> _seen = [];

    public ValueTask DisposeAsync() => _bus.DisposeAsync();

    [Test]
    public void Bytes_under_a_name_reach_its_subscribers_and_those_of_patterns()
    {
        _bus.Subscribe("tenant.*.updated", Note);
        Assert.That(_bus.Publish("tenant.a.updated", Bytes("one")), Is.EqualTo(PublishOutcome.Published));
        _bus.Subscribe("tenant.b.updated", Note);
        _bus.Publish("tenant.b.updated", Bytes("two"), new EventIds { Details = new EventDetails { Key = "k" } });
        Assert.That(_bus.Publish("tenant.a.removed", Bytes("three")), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(_seen, Is.EqualTo(new[] { "tenant.a.updated one ", "tenant.b.updated two k", "tenant.b.updated two k" }));

        void Note(AnyEvent any)
        {
            if (any.TryGet(out NamedEvent named))
                _seen.Add($"{any.EventType.Name} {named.Text} {any.Key}");
        }
    }

    [Test]
    public void Through_queues_and_as_messages_too()
    {
        _bus.Subscribe("tenant.*", async c => { await Task.Yield(); _seen.Add(c.EventType.Name); });
        MessageSubscription messages = _bus.SubscribeMessages("tenant.*");
        _bus.Start();
        _bus.GetTopic("tenant.a").Publish(new NamedEvent(Bytes("x")));
        _bus.Publish("tenant.b", Bytes("y"));
        Assert.That(messages.TryTake(out EventMessage first));
        Assert.That(messages.TryTake(out EventMessage second));
        Assert.That(first.TryGet(out NamedEvent named), Is.True);
        Assert.That(second.Ack(), Is.EqualTo(SettlementOutcome.Settled));
        Assert.That((first.EventType.Name, named.Text, first.Ack()), Is.EqualTo(("tenant.a", "x", SettlementOutcome.Settled)));
        _bus.StopDrained();
        Assert.That(_seen, Is.EqualTo(new[] { "tenant.a", "tenant.b" }));
        Assert.That(
            _bus.GetStatistics().Topics.Select(static topic => (topic.Name, topic.Published)),
            Is.EqualTo(new[] { ("tenant.a", 1L), ("tenant.b", 1L) }));
        Assert.That(_bus.Publish("tenant.a", Bytes("z")), Is.EqualTo(PublishOutcome.Stopped));
    }

    [Test]
    public void A_subscription_that_ends_gets_nothing_more()
    {
        BusSubscription subscription = _bus.Subscribe("tenant.*", _ => _seen.Add("called"));
        _bus.Publish("tenant.a", Bytes("x"));
        subscription.Dispose();
        Assert.That(_bus.Publish("tenant.a", Bytes("x")), Is.EqualTo(PublishOutcome.NotSubscribed));
        Assert.That(_seen, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_name_is_of_a_type_or_of_bytes_never_both()
    {
        _bus.Subscribe<Tick>(_ => { });
        Assert.That(
            () => _bus.Publish("clock.tick", Bytes("x")),
            Throws.InvalidOperationException.With.Message.Contains("clock.tick").And.Message.Contains("VersionedBus.Publish"));
        _bus.Publish("order.placed", Bytes("x"));
        Assert.That(() => _bus.Publish(new Order(1)), Throws.InvalidOperationException.With.Message.Contains("order.placed"));
    }

    [TestCase("")]
    [TestCase("Not A Name")]
    [TestCase("tenant.*")]
    public void What_is_no_name_is_refused(string name) =>
        Assert.That(() => _bus.Publish(name, Bytes("x")), Throws.ArgumentException.With.Message.Contains("event name"));

    [Test]
    public void Names_are_bounded()
    {
        for (int i = 0; i < EventBus.MaxNamedTopics; i++)
            _bus.GetTopic($"tenant.t{i}");
        Assert.That(() => _bus.GetTopic("tenant.more"), Throws.InvalidOperationException.With.Message.Contains("16,384"));
        Assert.That(_bus.Publish("tenant.t0", Bytes("x")), Is.EqualTo(PublishOutcome.NotSubscribed));
    }

    [Test]
    public void Publishing_by_name_allocates_nothing_in_the_steady_state()
    {
        long sum = 0;
        _bus.Subscribe("tenant.*", c => sum += c.TryGet(out NamedEvent named) ? named.Payload.Length : 0);
        byte[] payload = Bytes("xyz");
        long published = 0;
        long allocated = Allocations.Of(() =>
        {
            published++;
            _bus.Publish("tenant.a", payload);
        });
        Assert.That((allocated, sum), Is.EqualTo((0L, 3 * published)));
    }

    [Test]
    public void Bytes_of_events_with_a_type_are_published_by_name_in_the_newest_version()
    {
        using VersionedBus versions = CustomerNamed.Versions().Attach(_bus);
        _bus.Subscribe<CustomerNamed>(e => _seen.Add(e.ToString()));
        const string Name = "customer.named";
        byte[] text = Bytes("Ada Lovelace en");
        DecodeOutcome outcome = versions.TryPublish(Name, text, out PublishOutcome published, out Exception? error);
        Assert.That((outcome, published, error), Is.EqualTo((DecodeOutcome.Current, PublishOutcome.Published, (Exception?)null)));
        Assert.That(versions.Publish(Name, text), Is.EqualTo(PublishOutcome.Published));
        Assert.That(_seen, Has.Count.EqualTo(2));
        Assert.That(versions.Parked.Count, Is.Zero);

        Assert.That(() => versions.Publish("no.such", text), Throws.ArgumentException.With.Message.Contains(Name));
        Assert.That(() => versions.Publish(Name, Bytes("{")), Throws.TypeOf<FormatException>().With.InnerException.Not.Null);
        Assert.That(versions.TryPublish("no.such", text, out _, out _), Is.EqualTo(DecodeOutcome.UnknownEvent));
        Assert.That(versions.TryPublish(Name, Bytes("{"), out published, out error), Is.EqualTo(DecodeOutcome.Unreadable));
        Assert.That((published, error), Is.EqualTo((PublishOutcome.NotSubscribed, error)));
        Assert.That(error, Is.InstanceOf<FormatException>());
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
