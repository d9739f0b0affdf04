using Engine.Dispatch;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Ring.WaitStrategies;
using Engine.Tests.Support;

namespace Engine.Tests.Dispatch;

public class DispatcherTests
{
    [Test]
    public void Shards_are_spread_evenly_and_each_stays_with_its_worker()
    {
        Dispatcher dispatcher = Dispatcher.Create(
            new DispatcherOptions("engine", 3, "t", [], static () => new FixedBatchSizer(TimeSpan.Zero, 64), TimeSpan.FromMilliseconds(1)),
            default(BlockingWaitStrategy),
            static _ => { });
        DispatchWorker[] workers = [.. Enumerable.Range(0, 9).Select(i => dispatcher.WorkerOf($"s{i}"))];
        Assert.That(workers.GroupBy(worker => worker).Select(group => group.Count()), Is.EqualTo(new[] { 3, 3, 3 }));
        Assert.That(Enumerable.Range(0, 9).Select(i => dispatcher.WorkerOf($"s{i}")), Is.EqualTo(workers));
    }

    [Test]
    public void A_lane_with_more_weight_is_served_first_and_more_often_but_starves_none()
    {
        EventEngine engine = new EngineBuilder()
            .Configure(options =>
            {
                options.DispatcherCount = 1;
                options.BatchSizing.Mode = BatchSizingMode.Fixed;
                options.BatchSizing.MaxBatch = 1;
            })
            .AddEvent<Number>(d => d with { Shard = "s", Priority = EventPriority.Low })
            .AddEvent<Letter>(d => d with { Shard = "s", Priority = (EventPriority)3 })
            .Build();
        var order = new List<char>();
        engine.Subscribe((in Number _, in Envelope _) => order.Add('n'));
        engine.Subscribe((in Letter _, in Envelope _) => order.Add('L'));
        EventProducer producer = engine.CreateProducer();
        producer.GetLane<Number>().PublishBatch(new Number[8]);
        producer.GetLane<Letter>().PublishBatch(new Letter[12]);
        engine.Start();
        engine.StopDrained();
        Assert.That(new string([.. order]), Is.EqualTo("LLLnLLLnLLLnLLLnnnnn"));
    }

    [Test]
    public void A_batch_is_at_most_a_quarter_of_the_ring()
    {
        EventEngine engine = Engines.Build(capacity: 64);
        var sizes = new List<int>();
        engine.SubscribeBatch((ReadOnlySpan<Number> numbers, in Envelope _) => sizes.Add(numbers.Length));
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[64]);
        engine.Start();
        engine.StopDrained();
        Assert.That(sizes, Is.EqualTo(new[] { 16, 16, 16, 16 }));
    }

    [Test]
    public void The_envelope_bounds_the_time_of_publication([Values] bool startsBacklogged)
    {
        const int Count = 20_000;
        EventEngine engine = Engines.Build(capacity: 64);
        (long Before, long After)[] published = new (long, long)[Count];
        (long NotBefore, long NotAfter)[] told = new (long, long)[Count];
        engine.Subscribe((in Number number, in Envelope envelope) =>
            told[number.Value] = (envelope.PublishedNotBefore, envelope.PublishedNotAfter));
        EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        if (!startsBacklogged)
            engine.Start();
        for (int i = 0; i < Count; i++)
        {
            if (i == 64 && startsBacklogged)
                engine.Start();
            long before = MonotonicClock.Now;
            lane.Publish(new Number(i));
            // An event is published when others see it, and a clock does not wait for the store to leave this core.
            Interlocked.MemoryBarrier();
            published[i] = (before, MonotonicClock.Now);
        }

        engine.StopDrained();
        for (int i = 0; i < Count; i++)
        {
            Assert.That(told[i].NotBefore, Is.LessThanOrEqualTo(published[i].After), $"event {i}");
            Assert.That(told[i].NotAfter, Is.GreaterThanOrEqualTo(published[i].Before), $"event {i}");
        }
    }
}
