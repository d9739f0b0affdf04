using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Storage.Journals;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster.Support;

/// <summary>One host, one hub, and a broker in memory between them.</summary>
internal sealed class TestFleet : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HubOptions _hubOptions;

    public TestFleet(Func<HubOptions, HubOptions>? hub = null, Func<JournalPublisherOptions, JournalPublisherOptions>? publisher = null,
        JournalOptions? journal = null)
    {
        var options = new HubOptions { Directory = _folder.PathOf("hub"), Shards = 1 };
        _hubOptions = hub?.Invoke(options) ?? options;
        Host = new TestHost(_folder.PathOf("host"), journal);
        var publishing = new JournalPublisherOptions
        {
            Host = "host",
            Directory = Host.Directory,
            Shards = 1,
            PollInterval = TimeSpan.FromMilliseconds(1),
            SaveInterval = TimeSpan.FromMilliseconds(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(10),
        };
        PublisherOptions = publisher?.Invoke(publishing) ?? publishing;
    }

    public FakeTransport Transport { get; init; } = new();

    public TestHost Host { get; }

    public JournalPublisherOptions PublisherOptions { get; }

    public Hub? Hub { get; private set; }

    public JournalPublisher? Publisher { get; private set; }

    public FleetMember? Member { get; private set; }

    public string HubFolder => Hub!.DirectoryOf("host", Publisher!.Journal);

    /// <summary>What the hub has of the host's journal.</summary>
    public HubJournal? AtHub => Hub!.GetJournals() is [var first, ..] ? first : null;

    public void StartHub()
    {
        Hub = new Hub(Transport, _hubOptions);
        Hub.Start();
        // What is sent before there is a stream is refused, and is sent again.
        Eventually.IsTrue(() => Transport.HasStream);
    }

    public async Task StopHubAsync() => await Hub!.DisposeAsync();

    public void StartHost(bool isMember = true)
    {
        Publisher = new JournalPublisher(Transport, PublisherOptions);
        Publisher.Start();
        if (isMember)
            StartMember();
    }

    public void StartMember()
    {
        Member = new FleetMember(Transport, new FleetMemberOptions
        {
            Host = "host",
            Publisher = Publisher,
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
        });
        Member.Start();
    }

    public async Task StopHostAsync()
    {
        await Member!.DisposeAsync();
        await Publisher!.DisposeAsync();
    }

    /// <summary>Waits until the hub has everything that is durable at the host, and the host knows.</summary>
    public void WaitUntilAudited() => Eventually.IsTrue(
        () => DurableFrame() is > 0 and var durable && Publisher!.GetStatistics().AuditedFrame == durable);

    // The publisher's own view may be a moment old.
    private long DurableFrame()
    {
        using JournalReader reader = JournalReader.Open(Host.Directory);
        return reader.ReadDurableFrameNumber();
    }

    public async ValueTask DisposeAsync()
    {
        if (Publisher is not null)
            await StopHostAsync();
        if (Hub is not null)
            await StopHubAsync();
        Host.Dispose();
        _folder.Dispose();
    }
}
