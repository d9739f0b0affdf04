using Engine.Events;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions;

/// <summary>A handler that throws is isolated, counted, and reported with the sequences it was called for.</summary>
public class HandlerErrorTests
{
    private readonly List<HandlerError> _errors = [];

    [SetUp]
    public void Clear() => _errors.Clear();

    [Test]
    public void A_per_event_handler_is_reported_with_the_event_and_goes_on_with_the_next()
    {
        var seen = new List<long>();
        Subscription? subscription = null;
        EventEngine engine = Run(e => subscription = e.Subscribe(
            (in Number number, in Envelope _) =>
            {
                seen.Add(number.Value);
                if (number.Value is 3 or 4 or 9)
                    throw new FormatException($"no {number.Value}");
            },
            new SubscriptionOptions<Number> { Name = "picky" }));
        Assert.Multiple(() =>
        {
            Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 10).Select(i => (long)i)));
            Assert.That(_errors.Select(e => (e.FirstSequence, e.LastSequence, e.Exception.Message)), Is.EqualTo(new[]
            {
                (3L, 3L, "no 3"), (4, 4, "no 4"), (9, 9, "no 9"),
            }));
            Assert.That((_errors[0].SubscriptionName, _errors[0].SubscriptionId, _errors[0].EventType.Name, _errors[0].Producer.Name),
                Is.EqualTo(("picky", subscription!.Id, "test.number", "cpu")));
            Assert.That((subscription.ErrorCount, subscription.DeliveredCount), Is.EqualTo((3, 10)));
            Assert.That(engine.GetStatistics()["test.number"].HandlerErrors, Is.EqualTo(3));
        });
    }

    [Test]
    public void A_batch_handler_is_reported_with_the_range_of_its_batch()
    {
        Run(e => e.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => throw new FormatException("no")));
        Assert.That(_errors.Select(e => (e.FirstSequence, e.LastSequence)), Is.EqualTo(new[] { (0L, 9L) }));
    }

    [Test]
    public void The_other_handlers_get_every_event()
    {
        long before = 0;
        long after = 0;
        EventEngine engine = Run(e =>
        {
            e.Subscribe((in Number _, in Envelope _) => before++);
            e.Subscribe((in Number _, in Envelope _) => throw new FormatException("no"));
            e.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => throw new FormatException("no"));
            e.Subscribe((in Number _, in Envelope _) => after++);
        });
        Assert.That((before, after, engine.LedgerOf<Number>().Dispatched), Is.EqualTo((10, 10, 10)));
        Assert.That(_errors, Has.Count.EqualTo(11));
    }

    [Test]
    public void An_error_callback_that_throws_is_dropped()
    {
        long seen = 0;
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = _ => throw new FormatException("callback"));
        Subscription subscription = engine.Subscribe((in Number _, in Envelope _) =>
        {
            seen++;
            throw new FormatException("no");
        });
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[5]);
        engine.Start();
        engine.StopDrained();
        Assert.That((seen, subscription.ErrorCount), Is.EqualTo((5, 5)));
    }

    [Test]
    public void An_error_callback_may_end_the_subscription()
    {
        Subscription? subscription = null;
        long seen = 0;
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = _ => subscription!.Dispose());
        subscription = engine.Subscribe((in Number _, in Envelope _) =>
        {
            seen++;
            throw new FormatException("no");
        });
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[5]);
        engine.Start();
        engine.StopDrained();
        Assert.That((seen, subscription.DeliveredCount), Is.EqualTo((1, 1)));
    }

    private EventEngine Run(Action<EventEngine> subscribe)
    {
        EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = _errors.Add);
        subscribe(engine);
        Engine.Publish.EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
        for (int i = 0; i < 10; i++)
            lane.Publish(new Number(i));
        engine.Start();
        engine.StopDrained();
        return engine;
    }
}
