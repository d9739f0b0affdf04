using Engine.Events;
using Engine.Hosting;
using Engine.Order;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Order;

public sealed class MergedSubscriptionTests
{
    private readonly List<HandlerError> _errors = [];
    private readonly List<long> _delivered = [];

    [Test]
    public async Task A_producer_that_publishes_nothing_holds_back_only_until_it_reports_progress()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer busy = engine.CreateProducer(), parked = engine.CreateProducer();
        using MergedSubscription merged = Subscribe(engine, [busy, parked]);
        busy.VirtualTime = 10;
        busy.GetLane<Number>().Publish(new Number(1));
        busy.VirtualTime = 20;
        busy.GetLane<Number>().Publish(new Number(2));
        busy.ReportProgress(20);
        Assert.That(merged.Statistics.Delivered, Is.Zero);
        parked.ReportProgress(15);
        Eventually.IsTrue(() => merged.Watermark == 15);
        Assert.That(_delivered, Is.EqualTo(new[] { 1L }));
        parked.ReportProgress(21);
        Eventually.IsTrue(() => merged.Watermark == 20);
        Assert.That(_delivered, Is.EqualTo(new[] { 1L, 2L }));
    }

    [Test]
    public async Task A_producer_that_is_disposed_holds_nothing_back()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer busy = engine.CreateProducer(), gone = engine.CreateProducer();
        using MergedSubscription merged = Subscribe(engine, [busy, gone]);
        busy.GetLane<Number>().Publish(new Number(1));
        gone.Dispose();
        Eventually.IsTrue(() => merged.Statistics.Delivered == 1);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task An_event_at_the_end_of_time_is_delivered_behind_producers_that_have_ended(bool isCompleted)
    {
        await using EventEngine engine = Engines.Build();
        EventProducer gone = engine.CreateProducer(), silent = engine.CreateProducer(), late = engine.CreateProducer();
        using MergedSubscription merged = Subscribe(engine, [gone, silent, late], capacity: 2);
        gone.Dispose();
        late.VirtualTime = long.MaxValue;
        late.GetLane<Number>().Publish(new Number(1));
        silent.ReportProgress(long.MaxValue);
        for (int value = 2; value <= 5; value++)
            late.GetLane<Number>().Publish(new Number(value));
        late.ReportProgress(long.MaxValue);
        silent.GetLane<Number>().Publish(new Number(6));
        if (isCompleted)
            await merged.CompleteAsync();
        Eventually.IsTrue(() => merged.Statistics.Delivered == 6);
        Assert.Multiple(() =>
        {
            Assert.That(_delivered.Where(static value => value < 6), Is.EqualTo(new[] { 1L, 2L, 3L, 4L, 5L }));
            Assert.That((merged.Statistics.Buffered, merged.Statistics.Refused), Is.EqualTo((0L, 0L)));
        });
    }

    [Test]
    public async Task Events_that_took_time_lie_one_behind_the_other()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer first = engine.CreateProducer(), second = engine.CreateProducer();
        var times = new List<(long, int)>();
        using MergedSubscription merged = engine.SubscribeMerged<Number>(
            (events, _) =>
            {
                foreach (MergedEvent<Number> item in events)
                    times.Add((item.VirtualTime, item.Producer));
            },
            new MergeOptions<Number> { Producers = [first, second], Duration = static number => number.Value });
        first.VirtualTime = 10;
        first.GetLane<Number>().PublishBatch([new Number(2), new Number(3), new Number(1)]);
        second.VirtualTime = 8;
        second.GetLane<Number>().PublishBatch([new Number(1), new Number(1)]);
        await merged.CompleteAsync();
        Assert.That(times, Is.EqualTo(new[] { (4L, 0), (6L, 0), (6L, 1), (7L, 1), (9L, 0) }));
    }

    [Test]
    public async Task What_throws_is_reported_and_the_rest_goes_on()
    {
        await using EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = error =>
        {
            lock (_errors)
                _errors.Add(error);
        });
        EventProducer producer = engine.CreateProducer();
        int calls = 0;
        using MergedSubscription merged = engine.SubscribeMerged<Number>(
            (_, _) =>
            {
                if (++calls == 1)
                    throw new InvalidOperationException("first");
            },
            new MergeOptions<Number> { Producers = [producer], Name = "thrower" });
        producer.GetLane<Number>().Publish(new Number(1));
        producer.ReportProgress(1);
        Eventually.IsTrue(() => merged.Statistics.Errors == 1);
        producer.VirtualTime = 2;
        producer.GetLane<Number>().Publish(new Number(2));
        producer.ReportProgress(3);
        Eventually.IsTrue(() => merged.Statistics.Delivered == 2);
        Assert.Multiple(() =>
        {
            Assert.That(merged.Statistics.Errors, Is.EqualTo(1));
            Assert.That(_errors, Has.Count.EqualTo(1));
            Assert.That(_errors[0].SubscriptionName, Is.EqualTo("thrower"));
        });
    }

    [Test]
    public async Task A_producer_that_waits_for_itself_is_refused_and_told_why()
    {
        await using EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = error => _errors.Add(error));
        EventProducer first = engine.CreateProducer(), second = engine.CreateProducer();
        using MergedSubscription merged = Subscribe(engine, [first, second], capacity: 4);
        second.ReportProgress(1);
        first.VirtualTime = 5;
        for (int i = 0; i < 5; i++)
            first.GetLane<Number>().Publish(new Number(i));
        Assert.Multiple(() =>
        {
            Assert.That(_errors, Has.Count.EqualTo(1));
            Assert.That(_errors[0].Exception.Message, Does.Contain("filled the 4 places"));
            Assert.That(merged.Statistics, Has.Property("Refused").EqualTo(1).And.Property("Buffered").EqualTo(4));
        });
    }

    [Test]
    public async Task An_event_before_what_its_producer_promised_is_counted()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        using MergedSubscription merged = Subscribe(engine, [producer]);
        producer.ReportProgress(100);
        producer.VirtualTime = 50;
        producer.GetLane<Number>().Publish(new Number(1));
        await merged.CompleteAsync();
        Assert.That(merged.Statistics, Has.Property("OutOfOrder").EqualTo(1).And.Property("Delivered").EqualTo(1));
    }

    [Test]
    public async Task A_stop_of_the_engine_delivers_what_is_left()
    {
        EventEngine engine = Engines.Build();
        engine.Start();
        EventProducer busy = engine.CreateProducer(), silent = engine.CreateProducer();
        MergedSubscription merged = Subscribe(engine, [busy, silent]);
        busy.GetLane<Number>().Publish(new Number(1));
        StopReport report = await engine.StopAsync(Eventually.HangGuard);
        Assert.Multiple(() =>
        {
            Assert.That(_delivered, Is.EqualTo(new[] { 1L }));
            Assert.That(report.IsDrained, Is.True);
            Assert.That(merged.Statistics.Buffered, Is.Zero);
            Assert.That(
                () => engine.SubscribeMerged<Number>((_, _) => { }, new MergeOptions<Number> { Producers = [busy] }),
                Throws.InvalidOperationException);
        });
    }

    [Test]
    public async Task A_disposed_one_is_never_called_again_and_frees_who_waits()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer busy = engine.CreateProducer(), silent = engine.CreateProducer();
        MergedSubscription merged = Subscribe(engine, [busy, silent], capacity: 2);
        Task publisher = Task.Run(() =>
        {
            EventLane<Number> lane = busy.GetLane<Number>();
            busy.VirtualTime = 1;
            for (int i = 0; i < 3; i++)
                lane.Publish(new Number(i));
        });
        Eventually.IsTrue(() => merged.Statistics.Buffered == 2);
        merged.Dispose();
        Eventually.Result(publisher.ContinueWith(static _ => true, TaskScheduler.Default));
        merged.Dispose();
        Assert.That(_delivered, Is.Empty);
    }

    [Test]
    public async Task A_merge_lets_publishers_gather_and_an_inline_handler_does_not()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> lane = producer.GetLane<Number>();
        using MergedSubscription merged = Subscribe(engine, [producer]);
        Assert.That((lane.IsEnabled, lane.HasInlineSubscribers), Is.EqualTo((true, false)));
        using Subscription inline = engine.SubscribeBatch<Number>(
            (_, in _) => { }, new SubscriptionOptions<Number> { Delivery = Delivery.Inline });
        Assert.That(lane.HasInlineSubscribers, Is.True);
    }

    [Test]
    public async Task An_event_whose_duration_cannot_be_told_takes_no_time_and_is_not_lost()
    {
        var errors = new List<HandlerError>();
        await using EventEngine engine = Engines.Build(configure: options => options.OnHandlerError = errors.Add);
        EventProducer producer = engine.CreateProducer();
        var delivered = new List<MergedEvent<Number>>();
        using MergedSubscription merged = engine.SubscribeMerged<Number>(
            (events, _) => delivered.AddRange(events),
            new MergeOptions<Number>
            {
                Producers = [producer],
                Duration = number => number.Value == 1 ? throw new FormatException() : 10,
            });
        producer.VirtualTime = 100;
        producer.GetLane<Number>().PublishBatch([new Number(0), new Number(1), new Number(2)]);
        await merged.CompleteAsync();
        Assert.Multiple(() =>
        {
            Assert.That(
                delivered.Select(static one => (one.Event.Value, one.VirtualTime)),
                Is.EqualTo(new[] { (0L, 80L), (1L, 90L), (2L, 90L) }));
            Assert.That(errors.Select(static error => error.Exception.InnerException), Has.One.TypeOf<FormatException>());
            Assert.That((merged.Statistics.Delivered, merged.Statistics.Refused), Is.EqualTo((3L, 0L)));
        });
    }

    [Test]
    public async Task Options_without_producers_or_with_one_twice_are_refused()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        Assert.Multiple(() =>
        {
            Assert.That(() => Subscribe(engine, []), Throws.ArgumentException);
            Assert.That(() => Subscribe(engine, [producer, producer]), Throws.ArgumentException);
            Assert.That(() => Subscribe(engine, [producer], capacity: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    private MergedSubscription Subscribe(EventEngine engine, EventProducer[] producers, int capacity = 1024) =>
        engine.SubscribeMerged<Number>(
            (events, _) =>
            {
                foreach (MergedEvent<Number> item in events)
                    _delivered.Add(item.Event.Value);
            },
            new MergeOptions<Number> { Producers = producers, Capacity = capacity });

    [SetUp]
    public void Forget()
    {
        _errors.Clear();
        _delivered.Clear();
    }
}
