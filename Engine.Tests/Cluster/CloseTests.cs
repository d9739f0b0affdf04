using Engine.Cluster.Contracts;
using Engine.Cluster.Events;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Storage.Journals;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Cluster;

/// <summary>Disposals end, whatever the host's own code does meanwhile: here it hangs until the test lets it go.</summary>
internal sealed class CloseTests
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly ManualResetEventSlim _isInside = new();
#pragma warning disable NUnit1032 // It is disposed in LetGo, as soon as that succeeds.
    private TemporaryFolder _folder = null!;
#pragma warning restore NUnit1032

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void LetGo()
    {
        _gate.Set();
        // What was left behind ends now, and may write until then.
        Eventually.IsTrue(() => Try(_folder.Dispose));
    }

    [OneTimeTearDown]
    public void DisposeGates()
    {
        _gate.Dispose();
        _isInside.Dispose();
    }

    [Test]
    public async Task Of_a_consumer_whose_handler_hangs()
    {
        _gate.Reset();
        _isInside.Reset();
        await using var transport = new FakeTransport();
        var consumer = new ClusterEventConsumer(
            transport,
            new ClusterEventConsumerOptions { Group = "g", Shards = 1, CloseTimeout = TimeSpan.Zero },
            (_, _) =>
            {
                Hang();
                return ValueTask.CompletedTask;
            });
        var publisher = new ClusterEventPublisher(transport, 1);
        await publisher.EnsureStreamsAsync(CancellationToken.None);
        consumer.Start();
        await publisher.PublishAsync(Event() with { Sequence = 1, RecordedAt = DateTimeOffset.UnixEpoch }, CancellationToken.None);
        Eventually.IsOpen(_isInside);
        await EndsAsync(consumer);
    }

    [Test]
    public async Task Of_a_publisher_whose_broker_never_acknowledges()
    {
        string directory = _folder.PathOf("journal");
        using (var journal = Journal.Open(directory))
        {
            EventEngine engine = new EngineBuilder().AddVmEvents().Build();
            journal.Record<InstructionRetired>(engine);
            engine.Start();
            using (EventProducer producer = engine.CreateProducer("vcpu0"))
                producer.GetLane<InstructionRetired>().Publish(new InstructionRetired(4, 0x13, 0));
            engine.StopDrained();
        }

        var acknowledged = new TaskCompletionSource();
        await using var transport = new FakeTransport { Ack = _ => acknowledged.Task };
        var publisher = new JournalPublisher(
            transport, new JournalPublisherOptions { Host = "h", Directory = directory, CloseTimeout = TimeSpan.Zero });
        publisher.Start();
        Eventually.IsTrue(() => transport.Sent.Count > 0);
        await EndsAsync(publisher);
        acknowledged.SetResult();
    }

    [Test]
    public async Task Of_a_member_that_cannot_tell_its_capacity()
    {
        _gate.Reset();
        _isInside.Reset();
        await using var transport = new FakeTransport();
        var member = new FleetMember(transport, new FleetMemberOptions
        {
            Host = "h",
            CloseTimeout = TimeSpan.Zero,
            Capacity = () =>
            {
                Hang();
                return new HostCapacity(1, 1, 0, 0);
            },
        });
        member.Start();
        Eventually.IsOpen(_isInside);
        await EndsAsync(member);
    }

    [Test]
    public async Task A_command_that_blocks_its_thread_has_failed_when_its_time_is_over()
    {
        _gate.Reset();
        _isInside.Reset();
        byte[] key = new byte[FleetCommand.MinKeyBytes];
        using var commands = new FleetCommands(
            new FleetCommandOptions
            {
                Keys = [new CommandKey("operator", key, ["*"])],
                TrailFile = _folder.PathOf("trail"),
                Timeout = TimeSpan.FromSeconds(1),
            },
            new Dictionary<string, CommandHandler>
            {
                ["block"] = (_, _) =>
                {
                    Hang();
                    return new ValueTask<string>("done");
                },
            });
        FleetResult? result = await commands
            .TakeAsync("h", FleetCommand.Create("h", "block", "", "operator", key, DateTimeOffset.UtcNow), CancellationToken.None)
            .AsTask().WaitAsync(Eventually.HangGuard);
        Assert.That(result!.Outcome, Is.EqualTo(CommandOutcome.Failed));
    }

    [Test]
    public void A_hub_says_at_once_that_its_segments_cannot_be_so_long(
        [Values(0, 1, (1L << 20) - 1, (1L << 40) + 1, long.MaxValue)] long bytes) =>
        Assert.That(
            () => new Hub(new FakeTransport(), new HubOptions { Directory = _folder.PathOf("hub"), SegmentBytes = bytes }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("SegmentBytes of a hub must be 1 MiB to 1 TiB"));

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Hang()
    {
        _isInside.Set();
        _gate.Wait();
    }

    private static Task EndsAsync(IAsyncDisposable what) => what.DisposeAsync().AsTask().WaitAsync(Eventually.HangGuard);
}
