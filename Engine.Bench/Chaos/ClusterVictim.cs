using System.Globalization;
using Engine.Cluster.Contracts;
using Engine.Cluster.Fleet;
using Engine.Cluster.Publishing;
using Engine.Cluster.Receiving;
using Engine.Cluster.Transport;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>
/// A host that writes and publishes a journal until it is killed, and says what was confirmed as durable; or a hub. Where it is to
/// drain it writes no more, and says so when the hub has everything.
/// </summary>
internal static class ClusterVictim
{
    /// <summary>The name of the hub and of its consumers.</summary>
    public const string HubName = "hub";

    private const int FrameEvents = 64;

    /// <summary>What a victim needs to know, as one argument of a command line.</summary>
    public static string Target(
        string directory, string url, string name, int shards, int replicas, bool drains, long maxStreamBytes) =>
        string.Join(
            ';', directory, url, name, shards.ToString(CultureInfo.InvariantCulture), replicas.ToString(CultureInfo.InvariantCulture),
            drains ? "drain" : "write", maxStreamBytes.ToString(CultureInfo.InvariantCulture));

    public static async Task RunHostAsync(string target, int seed)
    {
        string[] parts = target.Split(';');
        ClusterOptions cluster = OptionsOf(parts);
        bool drains = parts[5] == "drain";
        using Journal journal = Journal.Open(parts[0], new JournalOptions
        {
            SegmentBytes = JournalOptions.MinSegmentBytes,
            FrameEvents = FrameEvents,
            MaxDelay = TimeSpan.FromMilliseconds(2),
        });
        await using IClusterTransport transport = ClusterTransports.Create(cluster, parts[2]);
        await using var publisher = new JournalPublisher(transport, new JournalPublisherOptions
        {
            Host = parts[2],
            Directory = parts[0],
            Shards = cluster.Shards,
            Window = 16,
            MaxRetryDelay = TimeSpan.FromMilliseconds(500),
            OnFault = static fault => Say($"fault {fault?.Fault ?? ClusterFault.None} {fault?.Message}"),
        });
        await using var member = new FleetMember(transport, new FleetMemberOptions
        {
            Host = parts[2],
            Publisher = publisher,
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
        });
        publisher.Start();
        member.Start();
        Say($"session {journal.Session} {publisher.Journal}");
        if (drains)
            await DrainAsync(journal, publisher).ConfigureAwait(false);
        else
            await WriteAsync(journal, new Random(seed)).ConfigureAwait(false);
    }

    /// <summary>
    /// Publishes a journal that is there already, once the file <c>go</c> is beside its folder, and says so when the hub has all of it.
    /// </summary>
    public static async Task RunPublisherAsync(string target)
    {
        string[] parts = target.Split(';');
        ClusterOptions cluster = OptionsOf(parts);
        await using IClusterTransport transport = ClusterTransports.Create(cluster, parts[2]);
        await using var publisher = new JournalPublisher(
            transport, new JournalPublisherOptions { Host = parts[2], Directory = parts[0], Shards = cluster.Shards });
        await using var member = new FleetMember(transport, new FleetMemberOptions { Host = parts[2], Publisher = publisher });
        member.Start();
        using JournalReader reader = JournalReader.Open(parts[0]);
        long durable = reader.ReadDurableFrameNumber();
        Say($"ready");
        while (!File.Exists(Path.Combine(parts[0], "..", "go")))
            await Task.Delay(5).ConfigureAwait(false);
        publisher.Start();
        while (publisher.GetStatistics().AuditedFrame < durable)
            await Task.Delay(10).ConfigureAwait(false);
        Say($"drained");
        await Task.Delay(Timeout.Infinite).ConfigureAwait(false);
    }

    public static async Task RunHubAsync(string target)
    {
        string[] parts = target.Split(';');
        ClusterOptions cluster = OptionsOf(parts);
        await using IClusterTransport transport = ClusterTransports.Create(cluster, HubName);
        await using var hub = new Hub(transport, new HubOptions
        {
            Directory = parts[0],
            Name = HubName,
            Shards = cluster.Shards,
            OnFault = static (shard, fault) => Say($"fault {fault?.Fault ?? ClusterFault.None} of shard {shard}: {fault?.Message}"),
        });
        await using var registry = new FleetRegistry(transport, hub);
        hub.Start();
        registry.Start();
        Say($"hub");
        while (true)
        {
            await Task.Delay(200).ConfigureAwait(false);
            foreach (HubJournal journal in hub.GetJournals())
                Say($"has {journal.Host} {journal.Through} {journal.LostFrames} {journal.Duplicates} {journal.Gaps}");
        }
    }

    private static async Task WriteAsync(Journal journal, Random random)
    {
        var producer = new ProducerInfo(1, "vcpu1");
        JournalStream<InstructionRetired> stream = journal.OpenStream<InstructionRetired>(producer);
        var events = new InstructionRetired[2 * FrameEvents];
        long offered = 0;
        while (true)
        {
            Span<InstructionRetired> some = events.AsSpan(0, 1 + random.Next(events.Length));
            JournalLedger.Fill(journal.Session, 1, offered, some);
            stream.Append(some, new Envelope(InstructionRetired.Descriptor, producer, offered, offered, 0, 0, isInline: false));
            offered += some.Length;
            if (random.Next(8) == 0 && journal.Flush(TimeSpan.FromMinutes(1)))
                Say($"confirmed {offered}");
            await Task.Delay(random.Next(3)).ConfigureAwait(false);
        }
    }

    private static async Task DrainAsync(Journal journal, JournalPublisher publisher)
    {
        // What the lives before left, and one frame of this one, behind which nothing can hide.
        var producer = new ProducerInfo(1, "vcpu1");
        JournalStream<InstructionRetired> stream = journal.OpenStream<InstructionRetired>(producer);
        var events = new InstructionRetired[1];
        JournalLedger.Fill(journal.Session, 1, 0, events);
        stream.Append(events, new Envelope(InstructionRetired.Descriptor, producer, 0, 0, 0, 0, isInline: false));
        journal.Flush(TimeSpan.FromMinutes(1));
        while (true)
        {
            PublisherStatistics statistics = publisher.GetStatistics();
            Say($"at {statistics.DurableFrame} {statistics.SentFrame} {statistics.AuditedFrame} {statistics.Fault}");
            // The publisher's own view of what is durable may be a moment old.
            using JournalReader reader = JournalReader.Open(journal.Directory);
            if (reader.ReadDurableFrameNumber() is > 0 and var durable && statistics.AuditedFrame == durable)
                break;
            await Task.Delay(50).ConfigureAwait(false);
        }

        Say($"drained");
        await Task.Delay(Timeout.Infinite).ConfigureAwait(false);
    }

    /// <summary>How a victim of that target connects.</summary>
    public static ClusterOptions OptionsOf(string target) => OptionsOf(target.Split(';'));

    private static ClusterOptions OptionsOf(string[] parts) => new()
    {
        Url = parts[1],
        Shards = int.Parse(parts[3], CultureInfo.InvariantCulture),
        Replicas = int.Parse(parts[4], CultureInfo.InvariantCulture),
        MaxStreamBytes = long.Parse(parts[6], CultureInfo.InvariantCulture),
        AnswerTimeout = TimeSpan.FromSeconds(2),
    };

    private static void Say(FormattableString text)
    {
        Console.Out.Write(text.ToString(CultureInfo.InvariantCulture) + "\n");
        Console.Out.Flush();
    }
}
