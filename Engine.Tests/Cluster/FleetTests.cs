using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>Who is there, and who may ask for what.</summary>
[TestFixture]
internal sealed class FleetTests
{
    private static readonly byte[] Key = Encoding.UTF8.GetBytes("a key of 16 bytes and more");
    private static readonly byte[] OtherKey = Encoding.UTF8.GetBytes("another key of 16 bytes");

    [Test]
    public async Task Hosts_are_live_late_and_gone_by_the_clock_of_who_listens_and_theirs_is_shown_only()
    {
        var time = new ManualTime();
        await using var registry = new FleetRegistry(new FakeTransport(), null, new FleetRegistryOptions
        {
            TimeProvider = time,
            LateAfter = TimeSpan.FromSeconds(5),
            GoneAfter = TimeSpan.FromSeconds(15),
            MaxHosts = 2,
        });
        registry.Note("a", Heartbeat("a", time.GetUtcNow().AddHours(3)));
        registry.Note("b", Heartbeat("b", time.GetUtcNow().AddHours(-1)));
        registry.Note("c", Heartbeat("c", time.GetUtcNow()));
        Assert.That(registry.RefusedCount, Is.EqualTo(1));
        Assert.That(Hosts(registry), Is.EqualTo(new[] { ("a", HostState.Live, 3.0, 1), ("b", HostState.Live, -1.0, 1) }));
        time.Advance(TimeSpan.FromSeconds(6));
        registry.Note("b", Heartbeat("b", time.GetUtcNow()) with { Started = time.GetUtcNow() });
        Assert.That(Hosts(registry), Is.EqualTo(new[] { ("a", HostState.Late, 3.0, 1), ("b", HostState.Live, 0.0, 2) }));
        time.Advance(TimeSpan.FromSeconds(9));
        registry.Note("b", Heartbeat("b", time.GetUtcNow()) with { Started = time.GetUtcNow(), IsLeaving = true });
        Assert.That(Hosts(registry), Is.EqualTo(new[] { ("a", HostState.Gone, 3.0, 1), ("b", HostState.Left, 0.0, 3) }));
    }

    [Test]
    public void The_ledger_of_frames_adds_up_whichever_view_is_older()
    {
        foreach ((long durable, long sent, long through, long lost) in new[] { (10L, 8L, 5L, 1L), (10L, 8L, 9L, 2L), (10L, 8L, 12L, 0L) })
        {
            FrameLedger ledger = FrameLedger.Of(
                new PublisherStatistics("j", durable, sent, 0, 0, 0, 0, 0, 0, 0, ClusterFault.None, null),
                new Engine.Cluster.Receiving.HubJournal("a", "j", through, lost, 0, 0, 0, 0, 0, 0, 0, 0, []));
            Assert.That(ledger.Stored, Is.EqualTo(ledger.Unsent + ledger.Sent));
            Assert.That(ledger.Sent, Is.EqualTo(ledger.Received + ledger.InFlight + ledger.Lost));
            Assert.That(ledger.Unsent, Is.GreaterThanOrEqualTo(0));
            Assert.That(ledger.InFlight, Is.GreaterThanOrEqualTo(0));
        }
    }

    [Test]
    public async Task Only_who_may_commands_and_all_of_it_is_in_the_trail()
    {
        using var folder = new TemporaryFolder();
        var time = new ManualTime();
        int cuts = 0;
        using var commands = new FleetCommands(
            new FleetCommandOptions
            {
                Keys = [new CommandKey("operator", Key, ["cut", "fail"]), new CommandKey("all", Key, ["*"])],
                TrailFile = folder.PathOf("trail"),
                TimeProvider = time,
            },
            new Dictionary<string, CommandHandler>
            {
                ["cut"] = (_, _) => new ValueTask<string>($"cut {++cuts}"),
                ["fail"] = static (_, _) => throw new InvalidOperationException("the disk is full"),
                ["other"] = static (_, _) => new ValueTask<string>("other"),
            });
        FleetCommand cut = Command("cut", "operator", Key);
        Assert.That(await Take(cut), Is.EqualTo((CommandOutcome.Done, "cut 1")));
        Assert.That(await Take(cut), Is.EqualTo((CommandOutcome.Done, "cut 1")), "the same command is carried out once");
        Assert.That(await OutcomeOf(cut with { Id = Guid.NewGuid() }), Is.EqualTo(CommandOutcome.NotAuthentic));
        Assert.That(await OutcomeOf(Command("cut", "nobody", Key)), Is.EqualTo(CommandOutcome.NotAuthentic));
        Assert.That(await OutcomeOf(Command("cut", "operator", OtherKey)), Is.EqualTo(CommandOutcome.NotAuthentic));
        Assert.That(await OutcomeOf(Command("other", "operator", Key)), Is.EqualTo(CommandOutcome.NotAllowed));
        Assert.That(await OutcomeOf(Command("other", "all", Key)), Is.EqualTo(CommandOutcome.Done));
        Assert.That(await OutcomeOf(Command("unknown", "all", Key)), Is.EqualTo(CommandOutcome.UnknownVerb));
        Assert.That(await Take(Command("fail", "operator", Key)), Is.EqualTo((CommandOutcome.Failed, "the disk is full")));
        Assert.That(await Take(FleetCommand.Create("b", "cut", "", "operator", Key, time.GetUtcNow())), Is.Null);
        FleetCommand old = Command("cut", "operator", Key);
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.That(await OutcomeOf(old), Is.EqualTo(CommandOutcome.Expired));
        Assert.That(cuts, Is.EqualTo(1));
        // Three were carried out, with a line before and one after; six were refused.
        Assert.That(File.ReadAllLines(folder.PathOf("trail")), Has.Length.EqualTo(12));

        FleetCommand Command(string verb, string issuer, byte[] key) => FleetCommand.Create("*", verb, "", issuer, key, time.GetUtcNow());

        async Task<CommandOutcome?> OutcomeOf(FleetCommand command) =>
            (await commands.TakeAsync("a", command, CancellationToken.None))?.Outcome;

        async Task<(CommandOutcome, string)?> Take(FleetCommand command) =>
            await commands.TakeAsync("a", command, CancellationToken.None) is { } result ? (result.Outcome, result.Text) : null;
    }

    [Test]
    public async Task A_command_to_all_is_answered_by_each_host_and_the_trail_is_at_the_broker()
    {
        using TestBroker broker = TestBroker.Start();
        using var folder = new TemporaryFolder();
        await using var transport = broker.Connect();
        await using var registry = new FleetRegistry(transport);
        registry.Start();
        using FleetCommands first = Commands("one");
        using FleetCommands second = Commands("two");
        await using FleetMember one = Member("one", first);
        await using FleetMember two = Member("two", second);
        one.Start();
        two.Start();
        Eventually.IsTrue(() => registry.GetSnapshot().Hosts.Count == 2);
        // Who answers may listen a little later than who hears the hosts, and the trail's stream is made beside both.
        FleetSnapshot? fleet = null;
        Eventually.IsTrue(() => (fleet = FleetClient.QueryAsync(transport, Eventually.HangGuard, CancellationToken.None)
            .AsTask().GetAwaiter().GetResult()) is not null);
        Eventually.IsTrue(() => HasTrail(transport));
        Assert.That(fleet!.Hosts.Select(static host => host.Name), Is.EqualTo(new[] { "one", "two" }));
        IReadOnlyList<FleetResult> results = await FleetClient.CommandAsync(
            transport, FleetCommand.Create("*", "hello", "you", "operator", Key, DateTimeOffset.UtcNow), ["one", "two"],
            Eventually.HangGuard, CancellationToken.None);
        Assert.That(
            results.OrderBy(static result => result.Host).Select(static result => (result.Host, result.Outcome, result.Text)),
            Is.EqualTo(new[] { ("one", CommandOutcome.Done, "hello you"), ("two", CommandOutcome.Done, "hello you") }));
        Eventually.IsTrue(() => transport.CountPendingAsync("ENGINE_TRAIL", "audit", CancellationToken.None).AsTask().Result == 2);

        FleetCommands Commands(string host) => new(
            new FleetCommandOptions { Keys = [new CommandKey("operator", Key, ["*"])], TrailFile = folder.PathOf(host) },
            new Dictionary<string, CommandHandler> { ["hello"] = static (command, _) => new($"hello {command.Argument}") });

        FleetMember Member(string host, FleetCommands commands) => new(transport, new FleetMemberOptions
        {
            Host = host,
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            Commands = commands,
        });
    }

    [Test]
    public async Task A_fleet_that_no_message_holds_is_answered_in_parts()
    {
        using TestBroker broker = TestBroker.Start(settings: "max_payload: 100000");
        await using var transport = broker.Connect();
        await using var registry = new FleetRegistry(transport);
        registry.Start();
        string[] names = [.. Enumerable.Range(0, 700).Select(static i => $"host-{i:d4}")];
        foreach (string name in names)
            registry.Note(name, Heartbeat(name, DateTimeOffset.UtcNow));
        FleetSnapshot? fleet = null;
        Eventually.IsTrue(() => (fleet = FleetClient.QueryAsync(transport, TimeSpan.FromSeconds(1), CancellationToken.None)
            .AsTask().GetAwaiter().GetResult()) is not null);
        Assert.That(fleet!.Hosts.Select(static host => host.Name), Is.EqualTo(names));
        Assert.That(fleet.Next, Is.Null);
    }

    private static bool HasTrail(NatsTransport transport)
    {
        try
        {
            transport.EnsureConsumerAsync("ENGINE_TRAIL", "audit", isOrdered: false, CancellationToken.None)
                .AsTask().GetAwaiter().GetResult();
            return true;
        }
        catch (ClusterException missing) when (missing.Fault == ClusterFault.StreamMissing)
        {
            return false;
        }
    }

    private static (string, HostState, double, int)[] Hosts(FleetRegistry registry) =>
        [.. registry.GetSnapshot().Hosts.Select(static host => (host.Name, host.State, host.ClockSkew.TotalHours, host.Starts))];

    private static HostHeartbeat Heartbeat(string host, DateTimeOffset now) =>
        new(host, DateTimeOffset.UnixEpoch, now, false, new HostCapacity(1, 1, 0, 0), null);
}
