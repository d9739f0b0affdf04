using Engine.Hosting;
using Engine.Order;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Order;

/// <summary>Several event types in one order, against a model that sorts everything at the end.</summary>
internal sealed class MergedTypesTests
{
    [Test]
    public async Task Any_history_comes_out_sorted_by_time_producer_type_and_sequence([Range(0, 19)] int seed)
    {
        var random = new Random(seed);
        int producerCount = random.Next(1, 6);
        await using EventEngine engine = Engines.Build();
        EventProducer[] producers = [.. Enumerable.Range(0, producerCount).Select(_ => engine.CreateProducer())];
        var delivered = new List<(long Time, int Producer, int Type, long Sequence)>();
        long promised = long.MinValue;
        bool keepsPromises = true;
        bool wideComesFirst = random.Next(2) == 0;
        var handlers = new MergeHandlers();
        if (!wideComesFirst)
            handlers.Add<Number>((events, watermark) => Take(events, watermark, 0));
        handlers.Add<Wide>((events, watermark) => Take(events, watermark, wideComesFirst ? 0 : 1));
        if (wideComesFirst)
            handlers.Add<Number>((events, watermark) => Take(events, watermark, 1));
        using MergedSubscription merged = engine.SubscribeMerged(
            handlers, new MergeOptions { Producers = producers, Capacity = 1 << 14 });

        var expected = new List<(long Time, int Producer, int Type, long Sequence)>();
        long[] times = new long[producerCount];
        long[,] sequences = new long[producerCount, 2];
        for (int step = 0; step < 2_000; step++)
        {
            int producer = random.Next(producerCount);
            if (random.Next(4) == 0)
                times[producer] += random.Next(0, 20);
            producers[producer].VirtualTime = times[producer];
            if (random.Next(3) == 0)
                producers[producer].ReportProgress(times[producer]);
            int type = random.Next(2);
            if ((type == 0) == wideComesFirst)
                producers[producer].GetLane<Wide>().Publish(default);
            else
                producers[producer].GetLane<Number>().Publish(new Number(step));
            expected.Add((times[producer], producer, type, sequences[producer, type]++));
        }

        await merged.CompleteAsync();
        expected.Sort();
        Assert.Multiple(() =>
        {
            Assert.That(delivered, Is.EqualTo(expected));
            Assert.That(keepsPromises, Is.True, "nothing came before a watermark");
            Assert.That(merged.Statistics.Delivered, Is.EqualTo(expected.Count));
            Assert.That(merged.Statistics.Buffered + merged.Statistics.Refused + merged.Statistics.OutOfOrder, Is.Zero);
            Assert.That(merged.EventTypes, Has.Count.EqualTo(2));
        });

        void Take<T>(ReadOnlySpan<MergedEvent<T>> events, long watermark, int type)
            where T : unmanaged
        {
            foreach (MergedEvent<T> item in events)
            {
                keepsPromises &= item.VirtualTime >= promised;
                delivered.Add((item.VirtualTime, item.Producer, type, item.Sequence));
            }

            promised = watermark;
        }
    }

    [Test]
    public async Task A_producer_that_has_filled_one_type_and_promised_nothing_of_the_other_is_refused()
    {
        await using EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer("vcpu0");
        using MergedSubscription merged = engine.SubscribeMerged(
            new MergeHandlers().Add<Number>(static (_, _) => { }).Add<Wide>(static (_, _) => { }),
            new MergeOptions { Producers = [producer], Capacity = 4 });
        producer.VirtualTime = 5;
        EventLane<Number> lane = producer.GetLane<Number>();
        for (int i = 0; i < 5; i++)
            lane.Publish(new Number(i));
        Assert.That(merged.Statistics.Refused, Is.EqualTo(1));
        producer.ReportProgress(6);
        Eventually.IsTrue(() => merged.Watermark == 6);
        Assert.That(merged.Statistics.Delivered, Is.EqualTo(4));
    }

    [Test]
    public void Bad_handlers_name_the_rule()
    {
        EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentException>(() =>
                engine.SubscribeMerged(new MergeHandlers(), new MergeOptions { Producers = [producer] }));
            Assert.Throws<ArgumentException>(() =>
                new MergeHandlers().Add<Number>(static (_, _) => { }).Add<Number>(static (_, _) => { }));
        });
    }
}
