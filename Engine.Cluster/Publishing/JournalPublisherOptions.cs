using Engine.Cluster.Contracts;
using Engine.Primitives;

namespace Engine.Cluster.Publishing;

/// <summary>How a journal is published. Immutable.</summary>
public sealed record JournalPublisherOptions
{
    /// <summary>No limit to the backlog.</summary>
    public const long NoLimit = long.MaxValue;

    /// <summary>The host's name, unique in the fleet: 1 to 64 of a to z, 0 to 9, '-' and '_'.</summary>
    public required string Host { get; init; }

    /// <summary>Where the journal is, or will be.</summary>
    public required string Directory { get; init; }

    /// <summary>Shards of the fleet: 1 to 64, as <see cref="ClusterOptions.Shards"/>.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>Frames that may be under way to the broker without its acknowledgement: 1 to 4,096.</summary>
    public int Window { get; init; } = 64;

    /// <summary>
    /// Bytes of the journal that are kept until the hub has them: 1 MiB or more, <see cref="NoLimit"/> for all; counted in whole segments.
    /// With more, the oldest segments are given over to the journal's own retention; what that deletes is lost by name.
    /// </summary>
    public long MaxBacklogBytes { get; init; } = NoLimit;

    /// <summary>How often the journal is looked at for new frames: 1 ms to 1 minute.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often the place is saved, and the backlog looked at, at least: 1 ms to 1 minute.</summary>
    public TimeSpan SaveInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause between two attempts when the broker is away: 10 ms to 10 minutes.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a disposal waits for the broker and for whoever is told of faults; what has not ended then is left behind. 0 to 1 day;
    /// default 30 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = Endings.DefaultTimeout;

    /// <summary>The clock of the pauses.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Is told when something goes wrong and when it is right again, for a log; what it throws is counted and dropped.</summary>
    public Action<ClusterException?>? OnFault { get; init; }

    internal static OptionTable<JournalPublisherOptions> Ranges { get; } = new OptionTable<JournalPublisherOptions>("a publisher")
        .With(nameof(Shards), OptionRange.Of(1, ClusterOptions.MaxShards), static o => o.Shards)
        .With(nameof(Window), OptionRange.Of(1, 4096), static o => o.Window)
        .With(nameof(MaxBacklogBytes), OptionRange.BytesAtLeast(1L << 20), static o => o.MaxBacklogBytes)
        .With(nameof(PollInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)), static o => o.PollInterval)
        .With(nameof(SaveInterval), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1)), static o => o.SaveInterval)
        .With(nameof(MaxRetryDelay), OptionRange.Of(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)), static o => o.MaxRetryDelay)
        .With(nameof(CloseTimeout), Endings.Timeouts, static o => o.CloseTimeout);

    internal void Validate()
    {
        ClusterNames.RequireHost(Host);
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
    }
}
