using System.Diagnostics.Metrics;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engine.Tests.Diagnostics;

/// <summary>What the meter "Engine" reads of running and stopped engines.</summary>
internal sealed class MeterTests
{
    private string _name = "";
    private int _lastName;

    [SetUp]
    public void NameEngine() => _name = $"meter-test-{++_lastName}-{TestContext.CurrentContext.Test.Name}";

    [Test]
    public void Counts_are_those_of_the_statistics()
    {
        using var reader = new MeterReader(_name);
        EventEngine engine = Build(capacity: 16, OverflowPolicy.DropIncoming);
        engine.Subscribe<Number>(static (in number, in _) =>
        {
            if (number.Value == 4)
                throw new InvalidDataException();
        });
        engine.SubscribeBatch<Letter>(static (_, in _) => { });
        using EventProducer producer = engine.CreateProducer("vcpu0");
        for (int i = 0; i < 21; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        Assert.That(reader.Collect(), Is.Empty, "An engine that has not started is not measured.");
        engine.Start();
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Buffered == 0);

        IReadOnlyDictionary<string, double> values = reader.Collect();
        EngineStatistics statistics = engine.GetStatistics();
        Assert.Multiple(() =>
        {
            Assert.That(values["engine.events.published test.number"], Is.EqualTo(21));
            Assert.That(values["engine.events.dispatched test.number"], Is.EqualTo(16));
            Assert.That(values["engine.events.lost test.number"], Is.EqualTo(5));
            Assert.That(values["engine.events.rejected test.number"], Is.Zero);
            Assert.That(values["engine.dispatch.batches test.number"], Is.EqualTo(statistics["test.number"].Batches));
            Assert.That(values["engine.dispatch.batch.size test.number"], Is.EqualTo(statistics["test.number"].AverageBatch));
            Assert.That(values["engine.dispatch.batch.size.max test.number"], Is.EqualTo(statistics["test.number"].LargestBatch));
            Assert.That(values["engine.handler.errors test.number"], Is.EqualTo(1));
            Assert.That(values["engine.subscriptions test.number"], Is.EqualTo(1));
            Assert.That(values["engine.subscriptions test.letter"], Is.EqualTo(1));
            Assert.That(values["engine.subscriptions test.wide"], Is.Zero);
            Assert.That(values["engine.ring.depth test.number vcpu0"], Is.Zero);
            Assert.That(values["engine.ring.capacity test.number vcpu0"], Is.EqualTo(16));
            Assert.That(
                values["engine.dispatch.latency test.number 0.5"],
                Is.EqualTo(statistics["test.number"].Latency.PercentileNanoseconds(0.5) / 1e9).And.GreaterThan(0));
            Assert.That(
                values["engine.dispatch.latency test.number 0.999"],
                Is.EqualTo(statistics["test.number"].Latency.PercentileNanoseconds(0.999) / 1e9));
            Assert.That(values["engine.dispatcher.batch.limit engine-dispatcher-0"], Is.EqualTo(32));
            Assert.That(values["engine.dispatcher.poll.gap engine-dispatcher-0"], Is.EqualTo(3e-6).Within(1e-12));
        });
        engine.StopDrained();
    }

    [Test]
    public void Stalls_and_depth_are_seen_while_they_last()
    {
        using var reader = new MeterReader(_name);
        EventEngine engine = Build(capacity: 2);
        engine.Start();
        using var gate = new ManualResetEventSlim();
        engine.SubscribeBatch((ReadOnlySpan<Number> _, in Envelope _) => Eventually.IsOpen(gate));
        using EventProducer producer = engine.CreateProducer("vcpu0");
        EventLane<Number> lane = producer.GetLane<Number>();
        RunningThreads publisher = Threads.Start(() =>
        {
            for (int i = 0; i < 3; i++)
                lane.Publish(new Number(i));
        });
        Eventually.IsTrue(() => publisher.AreStalled);
        Assert.That(reader.Collect()["engine.ring.depth test.number vcpu0"], Is.EqualTo(2));
        gate.Set();
        publisher.Join();
        engine.StopDrained();

        IReadOnlyDictionary<string, double> values = reader.Collect();
        Assert.That(values["engine.publish.stalls test.number"], Is.EqualTo(1));
        Assert.That(
            values["engine.publish.stall.duration test.number"],
            Is.EqualTo(engine.GetStatistics()["test.number"].StallTime.TotalSeconds).Within(1e-6).And.GreaterThan(0));
    }

    [Test]
    public void Sleeping_dispatchers_are_counted()
    {
        using var reader = new MeterReader(_name);
        EventEngine engine = Engines.Start(configure: options => (options.Name, options.WaitStrategy) = (_name, WaitStrategyKind.Blocking));
        Eventually.IsTrue(() => reader.Collect()["engine.dispatchers.parked engine-dispatcher-0"] == 1);
        engine.StopDrained();
    }

    [Test]
    public void Engines_side_by_side_are_told_apart_by_name()
    {
        string otherName = _name + "-other";
        using var reader = new MeterReader(_name);
        using var otherReader = new MeterReader(otherName);
        EventEngine engine = Build();
        EventEngine other = Engines.Build(configure: options => options.Name = otherName);
        PublishAndDrain(engine, 3);
        PublishAndDrain(other, 5);

        Assert.That(reader.Collect()["engine.events.published test.number"], Is.EqualTo(3));
        Assert.That(otherReader.Collect()["engine.events.published test.number"], Is.EqualTo(5));
        engine.StopDrained();
        Assert.That(otherReader.Collect(), Contains.Key("engine.ring.capacity test.number vcpu0"), "The other engine goes on.");
        other.StopDrained();
    }

    [Test]
    public void A_stopped_engine_leaves_its_totals_and_nothing_else()
    {
        using var reader = new MeterReader(_name);
        EventEngine engine = Build();
        PublishAndDrain(engine, 3);
        engine.StopDrained();

        IReadOnlyDictionary<string, double> values = reader.Collect();
        Assert.That(values.Keys, Is.EquivalentTo((string[])[
            "engine.events.published test.number", "engine.events.dispatched test.number", "engine.events.undelivered test.number",
            "engine.events.lost test.number",
            "engine.events.rejected test.number", "engine.dispatch.batches test.number", "engine.publish.stalls test.number",
            "engine.publish.stall.duration test.number", "engine.handler.errors test.number"]));
        Assert.That(values["engine.events.published test.number"], Is.EqualTo(3));
        Assert.That(values["engine.events.dispatched test.number"], Is.EqualTo(3));
        engine.Stop();
        Assert.That(reader.Collect(), Is.EqualTo(values), "A second stop counts nothing twice.");
    }

    [Test]
    public void Engines_of_one_name_are_added_up_and_no_total_ever_falls()
    {
        using var reader = new MeterReader(_name);
        double published = 0;
        for (int i = 1; i <= 3; i++)
        {
            EventEngine first = Build();
            EventEngine second = Build();
            PublishAndDrain(first, 3);
            PublishAndDrain(second, 5);
            published += 8;
            IReadOnlyDictionary<string, double> running = reader.Collect();
            Assert.That(running["engine.events.published test.number"], Is.EqualTo(published));
            Assert.That(running["engine.ring.capacity test.number vcpu0"], Is.EqualTo(64));
            Assert.That(running["engine.dispatcher.batch.limit engine-dispatcher-0"], Is.EqualTo(32));
            first.StopDrained();
            Assert.That(reader.Collect()["engine.events.published test.number"], Is.EqualTo(published));
            second.StopDrained();
            Assert.That(reader.Collect()["engine.events.published test.number"], Is.EqualTo(published));
        }
    }

    [Test]
    public void Totals_never_fall_while_engines_stop()
    {
        using var reader = new MeterReader(_name);
        bool isOver = false;
        double last = 0;
        RunningThreads threads = Threads.Start(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    double now = reader.Collect().GetValueOrDefault("engine.events.published test.number");
                    Assert.That(now, Is.GreaterThanOrEqualTo(last));
                    last = now;
                }
            },
            () =>
            {
                for (int i = 0; i < 30; i++)
                {
                    EventEngine engine = Build();
                    PublishAndDrain(engine, 10);
                    engine.StopDrained();
                }

                Volatile.Write(ref isOver, true);
            });
        threads.Join();
        Assert.That(reader.Collect()["engine.events.published test.number"], Is.EqualTo(300));
    }

    [Test]
    public async Task With_a_host_its_meter_factory_is_used()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMetrics();
        builder.Services.AddEventEngine(engine => engine.Configure(options => options.Name = _name).AddEvent<Number>());
        using IHost host = builder.Build();
        IMeterFactory factory = host.Services.GetRequiredService<IMeterFactory>();
        using var reader = new MeterReader(_name, factory);
        using var own = new MeterReader(_name);
        await host.StartAsync();
        using EventProducer producer = host.Services.GetRequiredService<EventEngine>().CreateProducer("vcpu0");
        producer.GetLane<Number>();

        Assert.That(reader.Collect(), Contains.Key("engine.ring.capacity test.number vcpu0"));
        Assert.That(own.Collect(), Is.Empty);
        await host.StopAsync();
    }

    [Test]
    public void Two_engines_of_one_factory_share_its_instruments()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = services.GetRequiredService<IMeterFactory>();
        using var reader = new MeterReader(_name, factory);
        foreach (int i in (int[])[0, 1])
            Engines.Build(configure: options => (options.Name, options.MeterFactory) = (_name, factory)).StopDrained();
        Assert.That(reader.Instruments.Select(static instrument => instrument.Name), Is.Unique.And.Not.Empty);
    }

    private static void PublishAndDrain(EventEngine engine, int count)
    {
        engine.SubscribeBatch<Number>(static (_, in _) => { });
        engine.Start();
        EventProducer producer = engine.CreateProducer("vcpu0");
        for (int i = 0; i < count; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Buffered == 0);
    }

    private EventEngine Build(int capacity = 32, OverflowPolicy policy = OverflowPolicy.Wait) => Engines.Build(capacity, policy, options =>
    {
        options.Name = _name;
        options.BatchSizing.Mode = BatchSizingMode.Fixed;
        options.BatchSizing.MaxBatch = 32;
        options.BatchSizing.PollGap = TimeSpan.FromMicroseconds(3);
    });
}
