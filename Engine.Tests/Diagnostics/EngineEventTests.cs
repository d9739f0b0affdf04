using System.Diagnostics.Tracing;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;
using static Engine.Diagnostics.EngineEventSource;

namespace Engine.Tests.Diagnostics;

/// <summary>What a running engine tells a listener, and when.</summary>
internal sealed class EngineEventTests
{
    private string _name = "";
    private int _lastName;

    [SetUp]
    public void NameEngine() => _name = $"event-test-{++_lastName}-{TestContext.CurrentContext.Test.Name}";

    [Test]
    public void Life_of_an_engine_is_told_in_order()
    {
        using var listener = new RecordingListener(_name, EventLevel.Informational, Keywords.Lifecycle | Keywords.Publish);
        EventEngine engine = Start();
        EventProducer producer = engine.CreateProducer("vcpu0");
        producer.GetLane<Number>();
        producer.GetLane<Number>();
        engine.GetSharedLane<Letter>();
        engine.GetSharedLane<Letter>();
        producer.Dispose();
        producer.Dispose();
        Eventually.IsTrue(() => listener.Named("LaneRemoved").Count == 1);
        engine.StopDrained();

        Assert.That(listener.Events.Select(static e => e.EventName).Where(static name => name != "LaneRemoved"), Is.EqualTo((string[])[
            "EngineStarted", "ProducerCreated", "LaneCreated", "LaneCreated", "ProducerDisposed", "EngineStopping", "EngineStopped"]));
        Assert.That(listener.Events.Select(RecordingListener.Describe), Is.SupersetOf((string[])[
            "dispatcherCount=1 eventTypeCount=3",
            "producerId=1 producer=vcpu0",
            "eventType=test.number producerId=1 producer=vcpu0 capacity=256 overflowPolicy=Wait dispatcher=engine-dispatcher-0",
            "eventType=test.letter producerId=0 producer=shared capacity=256 overflowPolicy=Wait dispatcher=engine-dispatcher-0",
            "eventType=test.number producerId=1 producer=vcpu0 publishedCount=0 dispatchedCount=0 lostCount=0",
        ]));
        Assert.That(listener.Named("EngineStopped").Single().Payload![2], Is.Zero, "events left");
        Assert.That(listener.Named("EngineStopping").Single().Payload![1], Is.EqualTo(Eventually.HangGuard.TotalMicroseconds));
    }

    [Test]
    public void Subscriptions_and_tables_are_told()
    {
        using var listener = new RecordingListener(_name, EventLevel.Informational, Keywords.Subscription);
        EventEngine engine = Start();
        Subscription first = engine.Subscribe<Number>(static (in _, in _) => { }, new() { Name = "first", Priority = 2 });
        Subscription second = engine.Subscribe<Number>(static (in _, in _) => { }, new() { Name = "second", Delivery = Delivery.Inline });
        using (EventProducer producer = engine.CreateProducer())
            producer.GetLane<Number>().Publish(new Number(1));
        second.Dispose();
        second.Dispose();
        engine.StopDrained();
        first.Dispose();

        Assert.That(listener.Events.Select(static e => $"{e.EventName} {RecordingListener.Describe(e)}"), Is.EqualTo((string[])[
            "SubscriptionAdded eventType=test.number subscriptionId=1 subscription=first delivery=Dispatched priority=2",
            "SubscriptionTableChanged eventType=test.number version=1 dispatchedCount=1 inlineCount=0",
            "SubscriptionAdded eventType=test.number subscriptionId=2 subscription=second delivery=Inline priority=0",
            "SubscriptionTableChanged eventType=test.number version=2 dispatchedCount=1 inlineCount=1",
            "SubscriptionRemoved eventType=test.number subscriptionId=2 subscription=second deliveredCount=1 errorCount=0",
            "SubscriptionTableChanged eventType=test.number version=3 dispatchedCount=1 inlineCount=0",
            // Closing the three event types has moved the version.
            "SubscriptionRemoved eventType=test.number subscriptionId=1 subscription=first deliveredCount=1 errorCount=0",
            "SubscriptionTableChanged eventType=test.number version=7 dispatchedCount=0 inlineCount=0",
        ]));
    }

    [Test]
    public void Batches_are_activities_around_their_handlers()
    {
        const int Count = 100;
        using var listener = new RecordingListener(_name, EventLevel.Verbose, Keywords.Dispatch, withActivities: true);
        EventEngine engine = Start();
        var inHandlers = new List<Guid>();
        engine.SubscribeBatch((ReadOnlySpan<Number> events, in Envelope _) => inHandlers.Add(EventSource.CurrentThreadActivityId));
        using (EventProducer producer = engine.CreateProducer("vcpu0"))
        {
            EventLane<Number> lane = producer.GetLane<Number>();
            for (int i = 0; i < Count; i++)
                lane.Publish(new Number(i));
        }

        engine.StopDrained();
        EventWrittenEventArgs[] starts = [.. listener.Named("BatchStart")];
        EventWrittenEventArgs[] stops = [.. listener.Named("BatchStop")];
        Assert.That(starts.Sum(static e => (int)e.Payload![5]!), Is.EqualTo(Count));
        long next = 0;
        foreach (EventWrittenEventArgs start in starts)
        {
            Assert.That(start.Payload![4], Is.EqualTo(next), "Batches follow each other without a gap.");
            next += (int)start.Payload![5]!;
        }

        Assert.That(stops.Select(RecordingListener.Describe), Is.EqualTo(starts.Select(RecordingListener.Describe)));
        Assert.That(starts.Select(static e => e.ActivityId), Has.None.EqualTo(Guid.Empty).And.Unique);
        Assert.That(stops.Select(static e => e.ActivityId), Is.EqualTo(starts.Select(static e => e.ActivityId)));
        Assert.That(inHandlers, Is.EqualTo(starts.Select(static e => e.ActivityId)), "The handler runs inside the activity.");
    }

    [Test]
    public void Losses_are_told_with_their_range_even_where_no_handler_asks()
    {
        const int Capacity = 16;
        using var listener = new RecordingListener(_name, EventLevel.Informational, Keywords.Backpressure);
        EventEngine engine = Engines.Build(Capacity, OverflowPolicy.DropIncoming, options => options.Name = _name);
        engine.SubscribeBatch(static (ReadOnlySpan<Number> _, in Envelope _) => { });
        using EventProducer producer = engine.CreateProducer("vcpu0");
        EventLane<Number> lane = producer.GetLane<Number>();
        for (int i = 0; i < Capacity + 5; i++)
            lane.Publish(new Number(i));
        engine.Start();
        engine.StopDrained();

        Assert.That(listener.Events.Select(RecordingListener.Describe), Is.EqualTo((string[])[
            "eventType=test.number producerId=1 producer=vcpu0 firstSequence=16 lastSequence=20 overflowPolicy=DropIncoming"]));
    }

    [Test]
    public void Handler_errors_are_told_with_the_event()
    {
        using var listener = new RecordingListener(_name, EventLevel.Error);
        EventEngine engine = Start();
        engine.Subscribe<Number>(
            static (in number, in _) =>
            {
                if (number.Value == 3)
                    throw new InvalidDataException("bad sector");
                if (number.Value == 5)
                    throw new MuteException();
            },
            new() { Name = "reader" });
        using (EventProducer producer = engine.CreateProducer("vcpu0"))
        {
            for (int i = 0; i < 7; i++)
                producer.GetLane<Number>().Publish(new Number(i));
        }

        engine.StopDrained();
        const string Common = "eventType=test.number producerId=1 producer=vcpu0 subscriptionId=1 subscription=reader";
        Assert.That(listener.Events.Select(RecordingListener.Describe), Is.EqualTo((string[])[
            $"{Common} firstSequence=3 lastSequence=3 exceptionType=System.IO.InvalidDataException exceptionMessage=bad sector",
            $"{Common} firstSequence=5 lastSequence=5 exceptionType={typeof(MuteException)} exceptionMessage="]));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Stalls_are_told_with_their_duration(bool isShared)
    {
        using var listener = new RecordingListener(_name, EventLevel.Verbose, Keywords.Backpressure);
        EventEngine engine = Engines.Start(capacity: 2, configure: options => options.Name = _name);
        using var gate = new ManualResetEventSlim();
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => Eventually.IsOpen(gate));
        using EventProducer producer = engine.CreateProducer("vcpu0");
        EventLane<Number> lane = producer.GetLane<Number>();
        SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
        RunningThreads publisher = Threads.Start(() =>
        {
            for (int i = 0; i < 3; i++)
                _ = isShared ? shared.Publish(new Number(i)) : lane.Publish(new Number(i));
        });
        Eventually.IsTrue(() => publisher.AreStalled);
        gate.Set();
        publisher.Join();
        engine.StopDrained();

        EventWrittenEventArgs stall = listener.Named("ProducerStalled").Single();
        Assert.That(stall.Payload!.Take(4), Is.EqualTo((object[])[_name, "test.number", isShared ? 0 : 1, isShared ? "shared" : "vcpu0"]));
        double ledger = engine.GetStatistics()["test.number"].StallTime.TotalMicroseconds;
        Assert.That((double)stall.Payload![4]!, Is.EqualTo(ledger).Within(1.0), "the stall that the ledger has");
    }

    [Test]
    public void Dispatchers_tell_when_they_sleep_and_wake()
    {
        using var listener = new RecordingListener(_name, EventLevel.Verbose, Keywords.Dispatch);
        EventEngine engine = Engines.Start(configure: options => (options.Name, options.WaitStrategy) = (_name, WaitStrategyKind.Blocking));
        engine.Subscribe<Number>(static (in _, in _) => { });
        using EventProducer producer = engine.CreateProducer();
        Eventually.IsTrue(() => listener.Named("DispatcherParked").Count > 0);
        producer.GetLane<Number>().Publish(new Number(1));
        Eventually.IsTrue(() => listener.Named("DispatcherWoken").Count > 0);
        engine.StopDrained();

        string[] sleeps = [.. listener.Events.Select(static e => e.EventName!)
            .Where(static name => name.StartsWith("Dispatcher", StringComparison.Ordinal))];
        string[] alternating = [.. sleeps.Select(static (_, i) => i % 2 == 0 ? "DispatcherParked" : "DispatcherWoken")];
        Assert.That(sleeps, Is.EqualTo(alternating));
        Assert.That(listener.Named("DispatcherWoken").Select(static e => (double)e.Payload![2]!), Has.All.GreaterThan(0));
        Assert.That(listener.Named("DispatcherParked").Select(static e => e.Payload![1]), Has.All.EqualTo("engine-dispatcher-0"));
    }

    [Test]
    public void Batch_size_is_told_once_while_it_stays()
    {
        using var listener = new RecordingListener(_name, EventLevel.Informational, Keywords.Dispatch);
        EventEngine engine = Engines.Start(configure: options =>
        {
            options.Name = _name;
            options.BatchSizing.Mode = BatchSizingMode.Fixed;
            options.BatchSizing.MaxBatch = 8;
            options.BatchSizing.PollGap = TimeSpan.FromMicroseconds(3);
        });
        engine.Subscribe<Number>(static (in _, in _) => { });
        using (EventProducer producer = engine.CreateProducer())
        {
            for (int i = 0; i < 1000; i++)
                producer.GetLane<Number>().Publish(new Number(i));
        }

        engine.StopDrained();
        Assert.That(
            listener.Events.Select(RecordingListener.Describe),
            Is.EqualTo((string[])["dispatcher=engine-dispatcher-0 maxBatch=8 pollGapMicroseconds=3"]));
    }

    private EventEngine Start() => Engines.Start(configure: options => options.Name = _name);

    private sealed class MuteException : Exception
    {
        public override string Message => throw new NotSupportedException("An exception without a message.");
    }
}
