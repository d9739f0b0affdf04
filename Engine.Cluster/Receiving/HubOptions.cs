using Engine.Cluster.Contracts;
using Engine.Primitives;
using Engine.Storage.Journals;

namespace Engine.Cluster.Receiving;

/// <summary>How a hub takes frames in. Immutable.</summary>
public sealed record HubOptions
{
    /// <summary>Where the hosts' journals are kept, one folder each.</summary>
    public required string Directory { get; init; }

    /// <summary>The name of the hub's consumers; hubs of the same name and different shards share the work.</summary>
    public string Name { get; init; } = "hub";

    /// <summary>Shards of the fleet: 1 to 64, as <see cref="ClusterOptions.Shards"/>.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>The shards that this hub takes; null for all. A shard is for one hub at a time.</summary>
    public IReadOnlyList<int>? OwnShards { get; init; }

    /// <summary>Journals of hosts at most: 1 to 1,000,000. What comes from more is refused by name.</summary>
    public int MaxJournals { get; init; } = 10_000;

    /// <summary>Journals whose files are open at the same time, for each shard: 1 to 10,000.</summary>
    public int MaxOpenJournals { get; init; } = 256;

    /// <summary>Bytes of a journal's segment here: 1 MiB to 1 TiB.</summary>
    public long SegmentBytes { get; init; } = JournalMirror.DefaultSegmentBytes;

    /// <summary>What is deleted of each journal here; null for nothing.</summary>
    public JournalRetention? Retention { get; init; }

    /// <summary>
    /// Bytes of frames that wait in memory for earlier ones that are missing, for each journal: 0 to 1 GiB. What finds no room is
    /// asked for again.
    /// </summary>
    public long MaxHeldBytes { get; init; } = 16L << 20;

    /// <summary>Messages that are made durable together, at most: 1 to 4,096.</summary>
    public int BatchMessages { get; init; } = 256;

    /// <summary>How long an empty shard is waited at, and how often hosts are told what is missing: 1 s to 1 minute.</summary>
    public TimeSpan AuditInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a shard may be without a message or a word although the broker has something: 1 s to 1 day. Then its consumer is made
    /// anew, and after the same time again its stream, whose frames the hosts send again.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a disposal waits for what is being taken in; what has not ended then is left behind. 0 to 1 day; default 30 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = Endings.DefaultTimeout;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Is given each frame once it is durable here, in the host's order, on the hub's thread; null for nobody. What it throws is
    /// counted. A frame comes once for as long as the hub lives; whoever needs more follows the journal itself
    /// (<see cref="JournalTail"/>), with a place of their own.
    /// </summary>
    public FrameHandler? OnFrame { get; init; }

    /// <summary>Is told when something goes wrong with a shard, and with null when it is right again; what it throws is counted.</summary>
    public Action<int, ClusterException?>? OnFault { get; init; }

    internal static OptionTable<HubOptions> Ranges { get; } = new OptionTable<HubOptions>("a hub")
        .With(nameof(Shards), OptionRange.Of(1, ClusterOptions.MaxShards), static o => o.Shards)
        .With(nameof(MaxJournals), OptionRange.Of(1, 1_000_000), static o => o.MaxJournals)
        .With(nameof(MaxOpenJournals), OptionRange.Of(1, 10_000), static o => o.MaxOpenJournals)
        .With(nameof(SegmentBytes), OptionRange.Bytes(JournalOptions.MinSegmentBytes, JournalOptions.MaxSegmentBytes),
            static o => o.SegmentBytes)
        .With(nameof(MaxHeldBytes), OptionRange.Bytes(0L, 1L << 30), static o => o.MaxHeldBytes)
        .With(nameof(BatchMessages), OptionRange.Of(1, 4096), static o => o.BatchMessages)
        .With(nameof(AuditInterval), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)), static o => o.AuditInterval)
        .With(nameof(StallTimeout), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), static o => o.StallTimeout)
        .With(nameof(CloseTimeout), Endings.Timeouts, static o => o.CloseTimeout);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        ClusterNames.RequireHost(Name);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
        foreach (int shard in OwnShards ?? [])
        {
            if (shard < 0 || shard >= Shards)
                throw new ArgumentOutOfRangeException(nameof(OwnShards), shard, $"{nameof(OwnShards)} of a hub must be 0 to {Shards - 1}.");
        }

        Retention?.Validate();
    }
}

/// <summary>Handles a frame of a host.</summary>
/// <param name="host">The host's name.</param>
/// <param name="frame">The frame; valid until the handler returns.</param>
public delegate void FrameHandler(string host, JournalFrame frame);
