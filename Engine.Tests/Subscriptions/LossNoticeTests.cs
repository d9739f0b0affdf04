using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Subscriptions;

/// <summary>Subscribers are told of each gap once, with its sequences, before the event behind it.</summary>
public class LossNoticeTests
{
    private const int Capacity = 8;

    private readonly List<string> _log = [];

    [SetUp]
    public void Clear() => _log.Clear();

    [Test]
    public void An_inline_subscription_with_a_loss_notice_is_refused()
    {
        EventEngine engine = Engines.Build();
        var options = new SubscriptionOptions<Number> { Delivery = Delivery.Inline, OnLost = (in LossNotice _) => { } };
        Assert.That(
            () => engine.Subscribe((in Number _, in Envelope _) => { }, options),
            Throws.ArgumentException.With.Message.Contains("OnLost"));
        Assert.That(engine.GetStatistics().Of<Number>().SubscriptionCount, Is.Zero);
    }

    [Test]
    public void DropIncoming_gives_one_notice_at_the_end_for_losses_behind_the_last_event([Values] bool isShared)
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropIncoming);
        Subscribe(engine);
        Publish(engine, isShared, Capacity + 5);
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(Events(0, Capacity).Append("lost 8-12 DropIncoming")));
    }

    [Test]
    public void DropOldest_gives_one_notice_before_the_first_event_left([Values] bool isShared)
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropOldest);
        Subscribe(engine);
        Publish(engine, isShared, 3 * Capacity);
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(Events(2 * Capacity, Capacity).Prepend("lost 0-15 DropOldest")));
    }

    [Test]
    public void DropIncoming_gives_the_notice_between_the_events_around_the_gap()
    {
        EventEngine engine = Engines.Start(Capacity, OverflowPolicy.DropIncoming);
        using var isInHandler = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            isInHandler.Set();
            goOn.Wait();
        });
        Subscribe(engine);
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        lane.Publish(new Number(0));
        Eventually.IsOpen(isInHandler);
        for (int i = 1; i < Capacity + 4; i++)
            lane.Publish(new Number(i));
        goOn.Set();
        Eventually.IsTrue(() => lane.Ledger.Buffered == 0);
        lane.Publish(new Number(Capacity + 4));
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(Events(0, Capacity).Append("lost 8-11 DropIncoming").Append("12")));
    }

    [Test]
    public void Every_subscriber_with_a_callback_is_told_and_the_others_are_not_disturbed()
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropOldest);
        Subscribe(engine);
        Subscribe(engine);
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => seen++);
        Publish(engine, isShared: false, 2 * Capacity);
        engine.Start();
        engine.StopDrained();
        Assert.That((_log.Count(line => line.StartsWith("lost 0-7", StringComparison.Ordinal)), seen), Is.EqualTo((2, Capacity)));
    }

    [Test]
    public void A_callback_that_throws_is_counted_with_the_range_and_the_events_still_come()
    {
        var errors = new List<HandlerError>();
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropOldest, options => options.OnHandlerError = errors.Add);
        Subscription subscription = engine.Subscribe(
            (in Number number, in Envelope _) => _log.Add($"{number.Value}"),
            new SubscriptionOptions<Number> { OnLost = (in LossNotice _) => throw new FormatException("no") });
        Publish(engine, isShared: false, 2 * Capacity);
        engine.Start();
        engine.StopDrained();
        Assert.That(_log, Is.EqualTo(Events(Capacity, Capacity)));
        Assert.That(errors.Select(e => (e.FirstSequence, e.LastSequence)), Is.EqualTo(new[] { (0L, 7L) }));
        Assert.That((subscription.ErrorCount, engine.GetStatistics()["test.number"].HandlerErrors), Is.EqualTo((1, 1)));
    }

    [Test]
    public void A_producers_trailing_loss_is_told_when_the_producer_ends()
    {
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropIncoming);
        Subscribe(engine);
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> lane = producer.GetLane<Number>();
        for (int i = 0; i < Capacity + 2; i++)
            lane.Publish(new Number(i));
        engine.Start();
        producer.Dispose();
        Eventually.IsTrue(() => engine.GetStatistics().Dispatchers[0].LaneCount == 0);
        Assert.That(_log, Is.EqualTo(Events(0, Capacity).Append("lost 8-9 DropIncoming")));
        engine.StopDrained();
        Assert.That(_log, Has.Count.EqualTo(Capacity + 1));
    }

    private static IEnumerable<string> Events(int first, int count) => Enumerable.Range(first, count).Select(i => $"{i}");

    private static void Publish(EventEngine engine, bool isShared, int count)
    {
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < count; i++)
        {
            if (isShared)
                engine.GetSharedLane<Number>().Publish(new Number(i));
            else
                lane.Publish(new Number(i));
        }
    }

    private void Subscribe(EventEngine engine) => engine.Subscribe(
        (in Number number, in Envelope envelope) =>
        {
            Assert.That(envelope.Sequence, Is.EqualTo(number.Value));
            _log.Add($"{number.Value}");
        },
        new SubscriptionOptions<Number>
        {
            OnLost = (in LossNotice notice) =>
            {
                Assert.That(notice.Count, Is.EqualTo(notice.LastSequence - notice.FirstSequence + 1));
                _log.Add($"lost {notice.FirstSequence}-{notice.LastSequence} {notice.Cause}");
            },
        });
}
