using System.Text.Json;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Server;

/// <summary>What a machine publishes, added up: the sums are the machine's own.</summary>
public sealed class VmFeedTests
{
    private readonly ManualTime _time = new();

    [Test]
    public async Task Rates_are_differences_of_the_ledger_and_of_the_instruction_count()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        await using var feed = new VmFeed(gateway, engine, "m");
        long instructions = 0;
        feed.Attach(new VmSource { ReadInstructions = () => instructions });
        engine.Start();
        using EventProducer producer = engine.CreateProducer("vcpu0");
        for (ulong i = 0; i < 100; i++)
            producer.GetLane<BlockExecuted>().Publish(new BlockExecuted(0x8000_0000 + (i % 2 * 64), 10, BlockExitReason.Branch));
        instructions = 1_000;
        _time.Advance(TimeSpan.FromSeconds(2));
        VmRates first = feed.TakeRates("running");
        instructions = 5_000_000;
        _time.Advance(TimeSpan.FromSeconds(1));
        VmRates second = feed.TakeRates("running");
        producer.Dispose();
        engine.StopDrained();
        VmEventRate blocks = first.Events.Single(static type => type.Name == BlockExecuted.Descriptor.Name);
        Assert.Multiple(() =>
        {
            Assert.That((blocks.Published, blocks.PerSecond), Is.EqualTo((100, 50)));
            Assert.That(first.Aggregation, Is.EqualTo(new Aggregation("rate", 2_000, 0)));
            Assert.That(second.Events.Single(static type => type.Name == BlockExecuted.Descriptor.Name).PerSecond, Is.Zero);
            Assert.That((second.Instructions, second.Mips), Is.EqualTo((5_000_000, 5.0)));
            Assert.That(feed.TakeHotBlocks().Blocks.Select(static block => block.Pc), Does.Contain("0x0000000080000000"));
        });
    }

    [Test]
    public async Task Faults_are_counted_by_page_and_traps_come_from_the_machine()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        await using var feed = new VmFeed(gateway, engine, "m");
        feed.Attach(new VmSource { ReadInstructions = static () => 0, ReadTraps = static () => [new VmTrapCount("exception", 13, 60)] });
        engine.Start();
        using EventProducer producer = engine.CreateProducer("vcpu0");
        for (ulong i = 0; i < 60; i++)
        {
            producer.GetLane<PageFaulted>().Publish(
                new PageFaulted(new ExecutionPoint(i, 0, 0, 0), (0x1000 * (i % 12)) + i, MemoryAccessKind.Load, 0));
        }

        producer.Dispose();
        engine.StopDrained();
        _time.Advance(TimeSpan.FromSeconds(2));
        VmPageFaults faults = feed.TakeFaults();
        Assert.Multiple(() =>
        {
            Assert.That((faults.Total, faults.PerSecond), Is.EqualTo((60, 30.0)));
            Assert.That(faults.Pages, Has.Count.EqualTo(10));
            Assert.That(faults.Pages.Select(static page => page.Faults), Is.All.EqualTo(5));
            Assert.That(faults.Aggregation.Omitted, Is.EqualTo(2));
            Assert.That(faults.Traps.Single().Count, Is.EqualTo(60));
        });
    }

    [Test]
    public async Task Console_is_the_end_of_what_was_printed_and_says_how_much_is_left_out()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.Start();
        await using var feed = new VmFeed(gateway, engine, "m");
        Assert.That(feed.TakeConsole(), Is.Null);
        for (int i = 0; i < 5_000; i++)
            feed.WriteConsole((byte)('a' + (i % 26)));
        VmConsole console = feed.TakeConsole()!;
        Assert.That((console.Text.Length, console.Aggregation.Omitted), Is.EqualTo((4_096, 904)));
        Assert.That(console.Text[^1], Is.EqualTo((char)('a' + (4_999 % 26))));
        feed.WriteConsole((byte)'z');
        Assert.That(feed.TakeConsole()!.Text, Is.EqualTo("z"));
        engine.StopDrained();
    }

    [Test]
    public async Task Rates_behind_a_reading_that_failed_are_over_all_the_time_since_the_one_before()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        await using var feed = new VmFeed(gateway, engine, "m");
        bool isGone = true;
        feed.Attach(new VmSource
        {
            ReadInstructions = () => isGone ? throw new ObjectDisposedException("machine") : 6_000_000,
        });
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(() => feed.TakeRates("running"), Throws.TypeOf<ObjectDisposedException>());
        isGone = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        VmRates rates = feed.TakeRates("stopped");
        Assert.That((rates.Aggregation.IntervalMs, rates.Mips), Is.EqualTo((3_000, 2.0)));
    }

    [Test]
    public async Task Feed_goes_on_where_the_machine_cannot_be_read_and_ends_with_exact_figures()
    {
        await using var gateway = new EventGateway(timeProvider: _time);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        await using var feed = new VmFeed(gateway, engine, "m");
        engine.Start();
        int reads = 0;
        feed.Start(new VmSource
        {
            ReadInstructions = () => Interlocked.Increment(ref reads) == 1 ? throw new ObjectDisposedException("machine") : 7,
        });
        Assert.That(() => feed.Start(new VmSource { ReadInstructions = static () => 0 }), Throws.InvalidOperationException);
        Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            return gateway.History.LastSequence >= 1;
        });
        engine.StopDrained();
        await feed.StopAsync(42);
        long last = gateway.History.LastSequence;
        await feed.StopAsync(43);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(gateway.History.LastSequence, Is.EqualTo(last), "Nothing comes behind the last figures.");
        var batch = new FrameBatch { UpTo = last };
        await gateway.History.ReadAsync(batch, default);
        using JsonDocument rates = JsonDocument.Parse(batch.Frames.Last(static frame => frame.Type == "vm_rates").Envelope);
        JsonElement data = rates.RootElement.GetProperty("data");
        Assert.That(data.GetProperty("instructions").GetInt64(), Is.EqualTo(42));
        Assert.That(data.GetProperty("state").GetString(), Is.EqualTo("stopped"));
    }
}
