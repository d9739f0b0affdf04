using Engine.Diagnostics;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>Inline handlers run on the publisher's thread, before the publish returns and before anybody else sees the event.</summary>
public class InlineDeliveryTests
{
    private static readonly SubscriptionOptions<Number> Inline = new() { Delivery = Delivery.Inline };

    private readonly List<string> _log = [];

    [SetUp]
    public void Clear() => _log.Clear();

    [Test]
    public void The_handler_has_run_when_the_publish_returns_even_before_Start()
    {
        EventEngine engine = Engines.Build();
        int thread = 0;
        engine.Subscribe(
            (in Number number, in Envelope envelope) =>
            {
                thread = Environment.CurrentManagedThreadId;
                _log.Add($"{number.Value} {envelope.IsInline}");
            },
            Inline);
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers), Is.EqualTo((true, true)));
        Assert.That(lane.Publish(new Number(5)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(_log, Is.EqualTo(new[] { "5 True" }));
        Assert.That(thread, Is.EqualTo(Environment.CurrentManagedThreadId));
    }

    [Test]
    public void Every_way_to_publish_calls_the_handler_once_per_event()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe((in Number number, in Envelope _) => _log.Add(number.Value.ToString()), Inline);
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        lane.Publish(new Number(1));
        lane.TryPublish(new Number(2));
        lane.PublishBatch([new Number(3), new Number(4)]);
        LaneClaim<Number> claim = lane.Claim(2);
        claim.Events[0] = new Number(5);
        claim.Events[1] = new Number(6);
        claim.Publish();
        shared.Publish(new Number(7));
        shared.TryPublish(new Number(8));
        shared.PublishBatch([new Number(9)]);
        Assert.That(_log, Is.EqualTo(new[] { "1", "2", "3", "4", "5", "6", "7", "8", "9" }));
    }

    [Test]
    public void Events_that_only_inline_handlers_wanted_count_as_published_and_dispatched()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe((in Number _, in Envelope _) => { }, Inline);
        EventProducer producer = engine.CreateProducer();
        producer.GetLane<Number>().PublishBatch(new Number[3]);
        engine.GetSharedLane<Number>().PublishBatch(new Number[2]);
        producer.Dispose();
        EventTypeStatistics statistics = engine.GetStatistics()["test.number"];
        Assert.That((statistics.Ledger.Published, statistics.Ledger.Dispatched, statistics.DispatchedInBatches), Is.EqualTo((5, 5, 0)));
        Assert.That(engine.Stop().IsDrained, Is.True);
    }

    [Test]
    public void Inline_handlers_run_before_dispatched_ones_see_the_event()
    {
        EventEngine engine = Engines.Start();
        int inlineSeen = -1;
        int tooEarly = 0;
        engine.Subscribe((in Number number, in Envelope _) => Volatile.Write(ref inlineSeen, (int)number.Value), Inline);
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            if (Volatile.Read(ref inlineSeen) < number.Value)
                tooEarly++;
        });
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < 20_000; i++)
            lane.Publish(new Number(i));
        engine.StopDrained();
        Assert.That((tooEarly, engine.LedgerOf<Number>().Dispatched), Is.EqualTo((0, 20_000)));
    }

    [Test]
    public void All_handlers_of_one_event_run_before_the_next_event()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe((in Number number, in Envelope _) => _log.Add($"a{number.Value}"), Inline with { Priority = 1 });
        engine.Subscribe((in Number number, in Envelope _) => _log.Add($"b{number.Value}"), Inline with { Priority = 2 });
        engine.CreateProducer().GetLane<Number>().PublishBatch([new Number(1), new Number(2)]);
        Assert.That(_log, Is.EqualTo(new[] { "b1", "a1", "b2", "a2" }));
    }

    [Test]
    public void A_handler_that_throws_stops_neither_the_others_nor_the_publisher()
    {
        var errors = new List<HandlerError>();
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = errors.Add);
        Subscription bad = engine.Subscribe((in Number _, in Envelope _) => throw new FormatException("no"), Inline);
        engine.Subscribe((in Number number, in Envelope _) => _log.Add($"{number.Value}"), Inline);
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        Assert.That(lane.Publish(new Number(1)), Is.EqualTo(PublishOutcome.Published));
        Assert.That(_log, Is.EqualTo(new[] { "1" }));
        Assert.That((bad.ErrorCount, errors[0].SubscriptionId, errors[0].Exception.Message), Is.EqualTo((1, bad.Id, "no")));
    }

    [Test]
    public void A_handler_that_publishes_in_a_circle_gets_an_error_at_16_levels_and_nothing_breaks()
    {
        var errors = new List<HandlerError>();
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = errors.Add);
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        int calls = 0;
        engine.Subscribe(
            (in Number _, in Envelope _) =>
            {
                calls++;
                lane.Publish(new Number(0));
            },
            Inline with { Name = "circle" });
        Assert.That(lane.Publish(new Number(0)), Is.EqualTo(PublishOutcome.Published));
        Assert.Multiple(() =>
        {
            Assert.That(calls, Is.EqualTo(16));
            Assert.That(errors, Has.Count.EqualTo(1));
            Assert.That(errors[0].Exception, Is.InstanceOf<InvalidOperationException>());
            Assert.That(errors[0].Exception.Message, Does.Contain("16 deep").And.Contain("\"circle\"").And.Contain("test.number"));
        });
        calls = 0;
        lane.Publish(new Number(0));
        Assert.That(calls, Is.EqualTo(16), "the scope is unwound after the error");
    }

    [Test]
    public void A_handler_may_publish_into_the_lane_whose_claim_it_is_called_for()
    {
        EventEngine engine = Engines.Build();
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        engine.Subscribe(
            (in Number number, in Envelope _) =>
            {
                if (number.Value < 100)
                    lane.Publish(new Number(number.Value + 100));
            },
            Inline);
        engine.Subscribe((in Number number, in Envelope _) => _log.Add($"{number.Value}"));
        LaneClaim<Number> claim = lane.Claim(2);
        claim.Events[0] = new Number(1);
        claim.Events[1] = new Number(2);
        claim.Publish();
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(new[] { "101", "102", "1", "2" }));
        LedgerAssert.Balances(lane.Ledger, 4);
    }

    [Test]
    public void A_handler_that_ends_itself_gets_no_further_event_of_the_same_call()
    {
        EventEngine engine = Engines.Build();
        Subscription? self = null;
        self = engine.Subscribe(
            (in Number number, in Envelope _) =>
            {
                _log.Add($"{number.Value}");
                self!.Dispose();
            },
            Inline);
        engine.CreateProducer().GetLane<Number>().PublishBatch([new Number(1), new Number(2)]);
        Assert.That(_log, Is.EqualTo(new[] { "1" }));
    }
}
