using Engine.Cluster.Contracts;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Tests.Support;

namespace Engine.Tests.Cluster.Support;

/// <summary>A broker that has no more room: hosts say so, go on by themselves when there is some, and all of it arrives.</summary>
internal static class FullBroker
{
    private const int Frames = 60;
    private const int FrameEvents = 2_048;

    /// <summary>Publishes more than there is room for, and takes it in when there is room.</summary>
    /// <param name="options">Where the broker is.</param>
    /// <param name="host">The host's name, and that of the folders.</param>
    /// <param name="fill">Takes the room away; the hub is not running, and the streams are there.</param>
    /// <param name="free">Makes room, before the hub starts again.</param>
    /// <param name="faults">What the host may be told meanwhile; only that the stream is full if there are none.</param>
    /// <returns>What the host said while there was none.</returns>
    public static async Task<string> RunAsync(
        ClusterOptions options, string host, Action fill, Action free, params ClusterFault[] faults)
    {
        // What the first hub was given and did not settle comes again after that time.
        options = options with { AckWait = TimeSpan.FromSeconds(1) };
        using var folder = new TemporaryFolder();
        using var journal = new TestHost(folder.PathOf("host"));
        await using IClusterTransport hubSide = ClusterTransports.Create(options, "hub");
        await using IClusterTransport hostSide = ClusterTransports.Create(options, host);
        var hubOptions = new HubOptions { Directory = folder.PathOf("hub"), Shards = 1, Name = $"hub-of-{host}" };
        await using var publisher = new JournalPublisher(
            hostSide, new JournalPublisherOptions { Host = host, Directory = journal.Directory, Shards = 1 });
        publisher.Start();
        await using (var before = new Hub(hubSide, hubOptions))
        {
            before.Start();
            journal.Write(FrameEvents);
            Eventually.IsTrue(() => publisher.GetStatistics().SentFrame == 1);
        }

        fill();
        journal.WriteFrames(Frames, FrameEvents);
        ClusterFault[] expected = faults is [] ? [ClusterFault.StreamFull] : faults;
        PublisherStatistics full = publisher.GetStatistics();
        Eventually.IsTrue(() => expected.Contains((full = publisher.GetStatistics()).Fault));
        Assert.That(full.SentFrame, Is.LessThan(Frames + 1));
        free();
        await using var hub = new Hub(hubSide, hubOptions);
        hub.Start();
        Eventually.IsTrue(() => hub.GetJournals() is [var copy] && copy.Through == Frames + 1);
        Eventually.IsTrue(() => publisher.GetStatistics() is { Fault: ClusterFault.None, SentFrame: Frames + 1 });
        Assert.That(hub.GetJournals()[0].LostFrames, Is.Zero);
        Assert.That(TestHost.FramesIn(hub.DirectoryOf(host, publisher.Journal)), Is.EqualTo(TestHost.FramesIn(journal.Directory)));
        return full.FaultMessage!;
    }
}
