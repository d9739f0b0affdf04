using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Diagnostics;

/// <summary>Sessions come and go while an engine works.</summary>
[NonParallelizable]
internal sealed class ListenerChurnTests
{
    [Test]
    public void Listeners_that_come_and_go_disturb_nothing_and_see_whole_activities()
    {
        const string EngineName = "churn-test";
        const int Count = 100_000;
        using var steady = new RecordingListener(EngineName, EventLevel.Informational);
        EventEngine engine = Engines.Start(capacity: 64, configure: static options => options.Name = EngineName);
        var checker = new StreamChecker();
        engine.SubscribeBatch<Wide>(checker.OnBatch, checker.Options);
        bool isOver = false;
        int sessions = 0;
        RunningThreads threads = Threads.Start(
            () =>
            {
                using EventProducer producer = engine.CreateProducer();
                new WidePublisher(1).Publish(producer.GetLane<Wide>(), Count);
                Volatile.Write(ref isOver, true);
            },
            () => Churn(EventLevel.Verbose),
            () => Churn(EventLevel.Warning));
        threads.Join();
        engine.StopDrained();

        checker.AssertClean();
        Assert.That(checker.Events, Is.EqualTo(engine.LedgerOf<Wide>().Published).And.GreaterThanOrEqualTo(Count));
        Assert.That(engine.GetStatistics()["test.wide"].HandlerErrors, Is.Zero);
        Assert.That(sessions, Is.GreaterThan(1));
        string[] lasting = [
            "EngineStarted", "SubscriptionAdded", "ProducerCreated", "LaneCreated", "ProducerDisposed", "EngineStopping", "EngineStopped"];
        Assert.That(steady.Events.Select(static e => e.EventName).Where(lasting.Contains), Is.EqualTo(lasting),
            "The steady listener misses nothing.");

        void Churn(EventLevel level)
        {
            do
            {
                using var listener = new RecordingListener(EngineName, level);
                Thread.Yield();
                Interlocked.Increment(ref sessions);
                // Verbose of one listener must not reach the other.
                Assert.That(listener.Events, Has.All.Property("Level").LessThanOrEqualTo(level));
            }
            while (!Volatile.Read(ref isOver));
        }
    }

    [Test]
    public void A_session_that_begins_during_a_batch_gets_no_half_of_it()
    {
        const string EngineName = "half-test";
        EventEngine engine = Engines.Start(configure: static options => options.Name = EngineName);
        using var isInside = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) =>
        {
            isInside.Set();
            Eventually.IsOpen(gate);
        });
        using EventProducer producer = engine.CreateProducer();
        producer.GetLane<Number>().Publish(new Number(1));
        Eventually.IsOpen(isInside);
        using var listener = new RecordingListener(EngineName);
        gate.Set();
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Buffered == 0);
        producer.GetLane<Number>().Publish(new Number(2));
        engine.StopDrained();

        Assert.That(listener.Events.Where(
            static e => e.EventName!.StartsWith("Batch", StringComparison.Ordinal) && e.EventName != "BatchSizeChanged")
            .Select(static e => $"{e.EventName} {e.Payload![4]}"), Is.EqualTo((string[])["BatchStart 1", "BatchStop 1"]));
    }

    [Test]
    public void A_listener_that_throws_disturbs_nobody()
    {
        const string EngineName = "throwing-test";
        using var throwing = new ThrowingListener();
        using var listener = new RecordingListener(EngineName);
        EventEngine engine = Engines.Start(configure: static options => options.Name = EngineName);
        engine.Subscribe<Number>(static (in _, in _) => { });
        using (EventProducer producer = engine.CreateProducer())
            producer.GetLane<Number>().Publish(new Number(1));
        engine.StopDrained();

        Assert.That(throwing.Count, Is.GreaterThan(0));
        Assert.That(engine.LedgerOf<Number>().Dispatched, Is.EqualTo(1));
        Assert.That(listener.Named("BatchStop"), Has.Count.EqualTo(1));
    }

    [TestCase(null, TestName = "Batches_allocate_nothing_without_a_listener")]
    [TestCase(EventLevel.Informational, TestName = "Batches_allocate_nothing_with_a_listener_at_Informational")]
    public void Batches_allocate_nothing(EventLevel? level)
    {
        const int WarmUp = 1000;
        const int Batches = 10_000;
        using RecordingListener? listener = level is null ? null : new RecordingListener("allocation-test", level.Value);
        EventEngine engine = Engines.Build(configure: static options =>
        {
            options.Name = "allocation-test";
            options.BatchSizing.Mode = BatchSizingMode.Fixed;
        });
        long batches = 0, before = 0, after = 0;
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) =>
        {
            if (batches == WarmUp)
                before = GC.GetAllocatedBytesForCurrentThread();
            after = GC.GetAllocatedBytesForCurrentThread();
            Volatile.Write(ref batches, batches + 1);
        });
        engine.Start();
        EventProducer producer = engine.CreateProducer();
        EventLane<Number> lane = producer.GetLane<Number>();
        for (int i = 0; i < WarmUp + Batches; i++)
        {
            lane.Publish(new Number(i));
            while (Volatile.Read(ref batches) == i)
                Thread.Yield();
            if (i == WarmUp - 1)
                GC.Collect();
        }

        producer.Dispose();
        engine.StopDrained();
        Assert.That(batches, Is.EqualTo(WarmUp + Batches));
        Assert.That(after - before, Is.Zero, "bytes allocated by the dispatcher's thread");
    }

    private sealed class ThrowingListener : EventListener
    {
        private int _count;

        public ThrowingListener() => EnableEvents(EngineEventSource.Log, EventLevel.Verbose, EventKeywords.All);

        public int Count => Volatile.Read(ref _count);

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            Interlocked.Increment(ref _count);
            throw new InvalidOperationException("A listener with a fault.");
        }
    }
}
