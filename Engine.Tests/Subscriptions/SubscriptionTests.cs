using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions;

public class SubscriptionTests
{
    private readonly List<string> _log = [];

    [SetUp]
    public void Clear() => _log.Clear();

    [Test]
    public void Handlers_run_in_descending_priority_and_in_order_of_subscription_where_it_is_equal()
    {
        EventEngine engine = Engines.Build();
        Subscribe(engine, "low", -5);
        Subscribe(engine, "first", 0);
        Subscribe(engine, "high", 7);
        Subscribe(engine, "second", 0);
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(new[] { "high", "first", "second", "low" }));
    }

    [Test]
    public void Every_kind_of_handler_gets_every_event_with_its_sequence()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe<Number>((in Number number, in Envelope envelope) => _log.Add($"a{number.Value}@{envelope.Sequence}"));
        engine.Subscribe(new LoggingHandler(_log));
        engine.SubscribeBatch<Number>((ReadOnlySpan<Number> numbers, in Envelope envelope) =>
            _log.Add($"c{numbers.Length}@{envelope.Sequence}"));
        engine.SubscribeBatch(new LoggingBatchHandler(_log));
        engine.CreateProducer().GetLane<Number>().Publish([new Number(10), new Number(11)]);
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(new[] { "a10@0", "a11@1", "b10@0", "b11@1", "c2@0", "d2@0" }));
    }

    [Test]
    public void A_subscription_has_an_id_a_name_and_what_it_was_asked_for()
    {
        EventEngine engine = Engines.Build();
        Subscription unnamed = engine.Subscribe((in Number _, in Envelope _) => { });
        Subscription named = engine.Subscribe(
            (in Letter _, in Envelope _) => { },
            new SubscriptionOptions<Letter> { Name = "letters", Priority = 3, Delivery = Delivery.Inline });
        Assert.Multiple(() =>
        {
            Assert.That((unnamed.Id, unnamed.Name, unnamed.IsActive), Is.EqualTo((1, "subscription-1", true)));
            Assert.That((named.Id, named.Name, named.Priority, named.Delivery), Is.EqualTo((2, "letters", 3, Delivery.Inline)));
            Assert.That(named.EventType.Name, Is.EqualTo("test.letter"));
        });
    }

    [Test]
    public void Unsubscribing_by_id_ends_it_once()
    {
        EventEngine engine = Engines.Build();
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) => { });
        Assert.Multiple(() =>
        {
            Assert.That(engine.Unsubscribe(subscription.Id + 1), Is.False);
            Assert.That(engine.Unsubscribe(subscription.Id), Is.True);
            Assert.That(engine.Unsubscribe(subscription.Id), Is.False);
            Assert.That(subscription.IsActive, Is.False);
        });
        subscription.Dispose();
    }

    [Test]
    public void Lanes_know_at_once_when_subscribers_come_and_go()
    {
        EventEngine engine = Engines.Build();
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        Subscription dispatched = engine.Subscribe((in Number _, in Envelope _) => { });
        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers, shared.IsEnabled), Is.EqualTo((true, false, true)));
        Subscription inline = engine.Subscribe(
            (in Number _, in Envelope _) => { }, new SubscriptionOptions<Number> { Delivery = Delivery.Inline });
        Assert.That(lane.HasInlineSubscribers, Is.True);
        dispatched.Dispose();
        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers), Is.EqualTo((true, true)));
        inline.Dispose();
        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers, shared.IsEnabled), Is.EqualTo((false, false, false)));
    }

    [Test]
    public void A_lane_made_after_the_subscription_knows_it()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe((in Number _, in Envelope _) => { });
        Assert.That(engine.CreateProducer().GetLane<Number>().IsEnabled, Is.True);
    }

    [Test]
    public void The_version_changes_with_every_subscription_of_any_type_and_not_otherwise()
    {
        EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        var versions = new List<int> { producer.SubscriptionVersion };
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) => { });
        versions.Add(producer.SubscriptionVersion);
        engine.Subscribe((in Letter _, in Envelope _) => { });
        versions.Add(producer.SubscriptionVersion);
        subscription.Dispose();
        versions.Add(producer.SubscriptionVersion);
        Assert.That(versions, Is.Unique);

        subscription.Dispose();
        producer.GetLane<Number>().Publish(new Number(1));
        Assert.That(producer.SubscriptionVersion, Is.EqualTo(versions[^1]));
    }

    [Test]
    public void Lanes_have_been_told_when_the_version_has_changed()
    {
        EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> lane = producer.GetLane<Number>();
        int before = producer.SubscriptionVersion;
        const int Changes = 4_000;
        int confirmed = 0;
        Threads.Run(
            () =>
            {
                Subscription? subscription = null;
                for (int i = 0; i < Changes; i++)
                {
                    if (i % 2 == 0)
                        subscription = engine.Subscribe((in Number _, in Envelope _) => { });
                    else
                        subscription!.Dispose();
                    Eventually.IsTrue(() => Volatile.Read(ref confirmed) == i + 1);
                }
            },
            () =>
            {
                for (int i = 0; i < Changes; i++)
                {
                    Eventually.IsTrue(() => producer.SubscriptionVersion != before + i);
                    Assert.That(lane.IsEnabled, Is.EqualTo(i % 2 == 0));
                    Volatile.Write(ref confirmed, i + 1);
                }
            });
    }

    [Test]
    public void An_unknown_delivery_is_an_error_that_names_rule_value_and_parameter()
    {
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => _ = new SubscriptionOptions<Number> { Delivery = (Delivery)7 });
        Assert.That((error.ParamName, error.ActualValue), Is.EqualTo(("Delivery", (object)(Delivery)7)));
        Assert.That(error.Message, Does.Contain("Dispatched or Inline"));
    }

    [Test]
    public void A_subscription_counts_what_it_was_handed()
    {
        EventEngine engine = Engines.Build();
        Subscription each = engine.Subscribe((in Number _, in Envelope _) => { });
        Subscription batch = engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => { });
        engine.CreateProducer().GetLane<Number>().Publish(new Number[100]);
        engine.Start();
        engine.StopDrained();
        Assert.That((each.DeliveredCount, batch.DeliveredCount), Is.EqualTo((100, 100)));
    }

    private void Subscribe(EventEngine engine, string name, int priority) => engine.Subscribe(
        (in Number _, in Envelope _) => _log.Add(name), new SubscriptionOptions<Number> { Name = name, Priority = priority });

    private sealed class LoggingHandler(List<string> log) : IEventHandler<Number>
    {
        public void Handle(in Number @event, in Envelope envelope) => log.Add($"b{@event.Value}@{envelope.Sequence}");
    }

    private sealed class LoggingBatchHandler(List<string> log) : IBatchHandler<Number>
    {
        public void Handle(ReadOnlySpan<Number> events, in Envelope envelope) => log.Add($"d{events.Length}@{envelope.Sequence}");
    }
}
