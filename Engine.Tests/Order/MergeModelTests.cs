using Engine.Hosting;
using Engine.Order;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Order;

/// <summary>The merge against a model that sorts everything at the end.</summary>
public sealed class MergeModelTests
{
    [Test]
    public async Task Any_history_comes_out_sorted_by_time_producer_and_sequence([Range(0, 39)] int seed)
    {
        var random = new Random(seed);
        int producerCount = random.Next(1, 9);
        await using EventEngine engine = Engines.Build();
        EventProducer[] producers = [.. Enumerable.Range(0, producerCount).Select(_ => engine.CreateProducer())];
        EventLane<Number>[] lanes = [.. producers.Select(static producer => producer.GetLane<Number>())];
        var delivered = new List<MergedEvent<Number>>();
        long promised = long.MinValue;
        bool keepsPromises = true;
        using MergedSubscription merged = engine.SubscribeMerged<Number>(
            (events, watermark) =>
            {
                foreach (MergedEvent<Number> item in events)
                    keepsPromises &= item.VirtualTime >= promised;
                promised = watermark;
                delivered.AddRange(events);
            },
            new MergeOptions<Number> { Producers = producers, Capacity = 1 << 14 });

        var expected = new List<(long Time, int Producer, long Sequence)>();
        long[] times = new long[producerCount];
        long[] sequences = new long[producerCount];
        for (int step = 0; step < 2_000; step++)
        {
            int producer = random.Next(producerCount);
            if (random.Next(4) == 0)
                times[producer] += random.Next(0, 20);
            producers[producer].VirtualTime = times[producer];
            if (random.Next(3) == 0)
                producers[producer].ReportProgress(times[producer]);
            int count = random.Next(0, 4);
            Number[] events = [.. Enumerable.Range(0, count).Select(i => new Number(sequences[producer] + i, producer))];
            if (count == 1)
                lanes[producer].Publish(events[0]);
            else if (count > 1)
                lanes[producer].PublishBatch(events);
            for (int i = 0; i < count; i++)
                expected.Add((times[producer], producer, sequences[producer]++));
        }

        await merged.CompleteAsync();
        expected.Sort();
        Assert.Multiple(() =>
        {
            Assert.That(
                delivered.Select(static item => (item.VirtualTime, item.Producer, item.Sequence)), Is.EqualTo(expected));
            Assert.That(delivered.TrueForAll(static item => item.Event == new Number(item.Sequence, item.Producer)), Is.True);
            Assert.That(keepsPromises, Is.True, "nothing came before a watermark");
            Assert.That(merged.Statistics.Delivered, Is.EqualTo(expected.Count));
            Assert.That(merged.Statistics.Buffered + merged.Statistics.Refused + merged.Statistics.OutOfOrder, Is.Zero);
        });
    }

    [Test]
    public async Task Producers_on_threads_of_their_own_are_merged_whole_and_in_order([Values(1, 2, 4)] int dispatchers)
    {
        const int ProducerCount = 3;
        const int EventCount = 30_000;
        await using EventEngine engine = Engines.Build(configure: options => options.DispatcherCount = dispatchers);
        engine.Start();
        EventProducer[] producers = [.. Enumerable.Range(0, ProducerCount).Select(_ => engine.CreateProducer())];
        (long Time, int Producer) last = (long.MinValue, 0);
        long[] seen = new long[ProducerCount];
        bool isOrdered = true;
        MergedSubscription merged = engine.SubscribeMerged<Wide>(
            (events, _) =>
            {
                foreach (MergedEvent<Wide> item in events)
                {
                    isOrdered &= (item.VirtualTime, item.Producer).CompareTo(last) >= 0 && item.Event.IsIntact
                        && item.Event.Source == item.Producer && item.Event.Value == seen[item.Producer]++;
                    last = (item.VirtualTime, item.Producer);
                }
            },
            new MergeOptions<Wide> { Producers = producers, Capacity = 64 });
        Threads.Run([.. Enumerable.Range(0, ProducerCount).Select(index => (Action)(() => Publish(producers[index], index)))]);
        await merged.CompleteAsync();
        Assert.Multiple(() =>
        {
            Assert.That(isOrdered, Is.True);
            Assert.That(seen, Is.All.EqualTo(EventCount));
        });

        static void Publish(EventProducer producer, int index)
        {
            EventLane<Wide> lane = producer.GetLane<Wide>();
            for (int i = 0; i < EventCount; i++)
            {
                // Each has a pace of its own, and so holds others back and is held back.
                producer.VirtualTime = (long)i * (index + 1);
                lane.Publish(new Wide(index, i));
                producer.ReportProgress((long)i * (index + 1));
            }

            producer.Dispose();
        }
    }
}
