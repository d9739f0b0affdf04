using System.Text;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Tests.Cluster.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster;

/// <summary>What every transport has to do, tried with a real broker: each kind of broker has a fixture below this.</summary>
internal abstract class TransportContractTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private IClusterTransport _transport = null!;
    private bool _isConnected;

    [OneTimeSetUp]
    public void ConnectFirst()
    {
        _transport = Connect();
        _isConnected = true;
    }

    [OneTimeTearDown]
    public async Task DisconnectAsync()
    {
        if (_isConnected)
            await _transport.DisposeAsync();
    }

    /// <summary>Another client of the broker that the fixture has started.</summary>
    protected abstract IClusterTransport Connect();

    /// <summary>Deletes a stream, as its operator could.</summary>
    protected abstract Task DeleteStreamAsync(string stream);

    [Test]
    public async Task Messages_come_in_the_order_of_sending_with_headers_and_bytes()
    {
        await PrepareAsync("order", isQueue: true);
        Task[] acks = new Task[50];
        for (int i = 0; i < acks.Length; i++)
            acks[i] = await _transport.BeginSendAsync(Message("order", i), CancellationToken.None);
        await Task.WhenAll(acks);
        List<TransportDelivery> taken = await TakeAsync("order", acks.Length);
        Assert.That(taken.Select(Text), Is.EqualTo(Enumerable.Range(0, acks.Length).Select(static i => $"body {i}")));
        Assert.That(taken[7].Header("Number"), Is.EqualTo("7"));
        Assert.That(taken[7].Header("Absent"), Is.Null);
        Assert.That(taken[7].Subject, Is.EqualTo("order.some"));
        Assert.That(taken[7].Attempt, Is.EqualTo(1));
    }

    [Test]
    public async Task One_that_the_broker_has_is_acknowledged_and_not_kept_twice()
    {
        await PrepareAsync("twice", isQueue: true);
        await SendAsync(Message("twice", 1));
        await SendAsync(Message("twice", 1));
        await SendAsync(Message("twice", 2));
        Assert.That((await TakeAsync("twice", 2)).Select(Text), Is.EqualTo(new[] { "body 1", "body 2" }));
        Assert.That(await _transport.ReceiveAsync("twice", "group", 10, Wait, CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task What_is_settled_is_gone_and_what_is_not_comes_again()
    {
        await PrepareAsync("verbs", isQueue: true);
        for (int i = 0; i < 4; i++)
            await SendAsync(Message("verbs", i));
        List<TransportDelivery> taken = await TakeAsync("verbs", 4);
        await taken[0].AckAsync(CancellationToken.None);
        await taken[1].NackAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        await taken[2].TerminateAsync(CancellationToken.None);
        await taken[3].ExtendAsync(CancellationToken.None);
        await taken[3].AckAsync(CancellationToken.None);
        List<TransportDelivery> again = await TakeAsync("verbs", 1);
        Assert.That(Text(again[0]), Is.EqualTo("body 1"));
        Assert.That(again[0].Attempt, Is.EqualTo(2));
        // The others' settlements may be on their way still.
        Eventually.IsTrue(() => _transport.CountPendingAsync("verbs", "group", CancellationToken.None).AsTask().Result == 1);
        await again[0].AckAsync(CancellationToken.None);
        Eventually.IsTrue(() => _transport.CountPendingAsync("verbs", "group", CancellationToken.None).AsTask().Result == 0);
    }

    [Test]
    public async Task A_consumer_that_begins_anew_is_given_what_is_not_settled_and_a_deleted_stream_is_empty()
    {
        await PrepareAsync("anew", isQueue: true);
        for (int i = 0; i < 3; i++)
            await SendAsync(Message("anew", i));
        List<TransportDelivery> taken = await TakeAsync("anew", 3);
        await taken[0].AckAsync(CancellationToken.None);
        Eventually.IsTrue(() => _transport.CountPendingAsync("anew", "group", CancellationToken.None).AsTask().Result == 2);
        await _transport.ResetConsumerAsync("anew", "group", CancellationToken.None);
        await _transport.EnsureConsumerAsync("anew", "group", isOrdered: false, CancellationToken.None);
        Assert.That((await TakeAsync("anew", 2)).Select(Text), Is.EqualTo(new[] { "body 1", "body 2" }));
        await _transport.DeleteStreamAsync("anew", CancellationToken.None);
        await _transport.ResetConsumerAsync("anew", "group", CancellationToken.None);
        await PrepareAsync("anew", isQueue: true);
        Assert.That(await _transport.CountPendingAsync("anew", "group", CancellationToken.None), Is.Zero);
        await _transport.DeleteStreamAsync("absent", CancellationToken.None);
        await _transport.ResetConsumerAsync("absent", "group", CancellationToken.None);
    }

    [Test]
    public async Task Of_an_ordered_consumer_none_overtakes_one_that_failed()
    {
        await PrepareAsync("ordered", isQueue: false, isOrdered: true);
        await SendAsync(Message("ordered", 0));
        await SendAsync(Message("ordered", 1));
        TransportDelivery first = (await TakeAsync("ordered", 1))[0];
        await first.NackAsync(TimeSpan.FromMilliseconds(100), CancellationToken.None);
        TransportDelivery second = (await TakeAsync("ordered", 1))[0];
        Assert.That(Text(second), Is.EqualTo("body 0"));
        await second.AckAsync(CancellationToken.None);
        Assert.That(Text((await TakeAsync("ordered", 1))[0]), Is.EqualTo("body 1"));
    }

    [Test]
    public async Task What_is_told_reaches_who_listens_and_questions_are_answered()
    {
        using var stop = new CancellationTokenSource();
        var heard = new TaskCompletionSource<string>();
        Task listening = Task.Run(async () =>
        {
            await foreach (TransportNote note in _transport.ListenAsync("told.*", stop.Token))
            {
                if (note.Reply is { } reply)
                    await reply("answer"u8.ToArray());
                heard.TrySetResult(note.Subject);
            }
        });
        ReadOnlyMemory<byte>? answer = null;
        while (answer is null)
            answer = await _transport.AskAsync("told.you", "question"u8.ToArray(), Wait, CancellationToken.None);
        Assert.That(Encoding.UTF8.GetString(answer.Value.Span), Is.EqualTo("answer"));
        Assert.That(await heard.Task, Is.EqualTo("told.you"));
        Assert.That(await _transport.AskAsync("nobody.there", default, Wait, CancellationToken.None), Is.Null);
        await stop.CancelAsync();
        await Task.WhenAny(listening);
    }

    [Test]
    public async Task Another_process_goes_on_behind_what_was_settled()
    {
        await PrepareAsync("places", isQueue: false);
        for (int i = 0; i < 6; i++)
            await SendAsync(Message("places", i));
        await using (IClusterTransport first = Connect())
        {
            await first.EnsureConsumerAsync("places", "group", isOrdered: false, CancellationToken.None);
            IReadOnlyList<TransportDelivery> taken = await first.ReceiveAsync("places", "group", 4, Wait, CancellationToken.None);
            while (taken.Count < 4)
                taken = [.. taken, .. await first.ReceiveAsync("places", "group", 4 - taken.Count, Wait, CancellationToken.None)];
            foreach (TransportDelivery delivery in taken.Take(3))
                await delivery.AckAsync(CancellationToken.None);
            await taken[3].NackAsync(TimeSpan.Zero, CancellationToken.None);
        }

        await using IClusterTransport second = Connect();
        await second.EnsureConsumerAsync("places", "group", isOrdered: false, CancellationToken.None);
        var rest = new List<string>();
        while (rest.Count < 3)
        {
            foreach (TransportDelivery delivery in await second.ReceiveAsync("places", "group", 10, Wait, CancellationToken.None))
            {
                rest.Add(Text(delivery));
                await delivery.AckAsync(CancellationToken.None);
            }
        }

        Assert.That(rest.Order(), Is.EqualTo(new[] { "body 3", "body 4", "body 5" }));
        await using IClusterTransport other = Connect();
        await other.EnsureConsumerAsync("places", "another", isOrdered: false, CancellationToken.None);
        Assert.That(await other.CountPendingAsync("places", "another", CancellationToken.None), Is.EqualTo(6));
    }

    [Test]
    public async Task What_has_no_stream_is_told_and_goes_to_one_that_is_made()
    {
        ClusterException missing = Assert.ThrowsAsync<ClusterException>(async () => await SendAsync(Message("later", 1)))!;
        Assert.That(missing.Fault, Is.EqualTo(ClusterFault.StreamMissing), missing.Message);
        Assert.That(missing.Message, Does.Contain("later.some").And.Contain("the hub makes it"));
        await PrepareAsync("later", isQueue: true);
        await SendAsync(Message("later", 2));
        Assert.That((await TakeAsync("later", 1)).Select(Text), Is.EqualTo(new[] { "body 2" }));
    }

    [Test]
    public async Task A_hub_has_all_of_a_host_although_its_stream_is_deleted_on_the_way()
    {
        using var folder = new TemporaryFolder();
        await using IClusterTransport hubSide = Connect();
        await using IClusterTransport hostSide = Connect();
        await using var hub = new Hub(hubSide, new HubOptions { Directory = folder.PathOf("hub"), Shards = 1 });
        hub.Start();
        using var host = new TestHost(folder.PathOf("host"));
        await using var publisher = new JournalPublisher(
            hostSide, new JournalPublisherOptions { Host = "one", Directory = host.Directory, Shards = 1 });
        await using var member = new FleetMember(
            hostSide, new FleetMemberOptions { Host = "one", Publisher = publisher, HeartbeatInterval = TimeSpan.FromMilliseconds(100) });
        publisher.Start();
        member.Start();
        host.WriteFrames(100);
        Eventually.IsTrue(() => publisher.GetStatistics().AuditedFrame == 100);
        await DeleteStreamAsync(ClusterNames.FrameStream(0, 1));
        host.WriteFrames(50);
        Eventually.IsTrue(() => publisher.GetStatistics().AuditedFrame == 150);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf("one", publisher.Journal)), Is.EqualTo(TestHost.FramesIn(host.Directory)));
        Assert.That(hub.GetJournals().Single(static journal => journal.Host == "one").LostFrames, Is.Zero);
    }

    private async Task PrepareAsync(string name, bool isQueue, bool isOrdered = false)
    {
        await _transport.EnsureStreamAsync(new TransportStream(name, name + ".>", isQueue), CancellationToken.None);
        await _transport.EnsureConsumerAsync(name, "group", isOrdered, CancellationToken.None);
    }

    private async Task SendAsync(TransportMessage message) => await await _transport.BeginSendAsync(message, CancellationToken.None);

    protected async Task<List<TransportDelivery>> TakeAsync(string stream, int count)
    {
        var taken = new List<TransportDelivery>();
        while (taken.Count < count)
            taken.AddRange(await _transport.ReceiveAsync(stream, "group", count - taken.Count, Wait, CancellationToken.None));
        return taken;
    }

    private static TransportMessage Message(string stream, int number) => new(
        stream + ".some", $"{stream}-{number}", Encoding.UTF8.GetBytes($"body {number}"),
        new Dictionary<string, string> { ["Number"] = $"{number}" });

    private static string Text(TransportDelivery delivery) => Encoding.UTF8.GetString(delivery.Body.Span);
}
