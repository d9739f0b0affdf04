using Engine.Bus;
using Engine.Bus.Idempotency;
using Engine.Cluster.Contracts;
using Engine.Storage.DeadLetters;

namespace Engine.Cluster.Events;

/// <summary>How domain events are consumed. Immutable.</summary>
public sealed record ClusterEventConsumerOptions
{
    /// <summary>Who consumes: processes of one group share the events, each group gets all. A name as a host's.</summary>
    public required string Group { get; init; }

    /// <summary>Shards of the fleet: as <see cref="ClusterOptions.Shards"/>.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>
    /// Names or patterns of the events that are wanted, such as <c>order.*</c>; none for all. Others are acknowledged and counted.
    /// </summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>
    /// Whether one event of a shard is under way at a time, so that none overtakes an earlier one of its key that failed. Otherwise many
    /// are, and keys keep their order only as long as nothing fails.
    /// </summary>
    public bool IsOrdered { get; init; } = true;

    /// <summary>Remembers what was handled, so that an event is handled once; null to handle again what comes again.</summary>
    public IIdempotencyStore? Inbox { get; init; }

    /// <summary>How long the inbox keeps an event for the one that handles it: 1 s to 1 hour.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where events go that are given up; null to try for ever.</summary>
    public SqlDeadLetters? DeadLetters { get; init; }

    /// <summary>Attempts after which an event is given up, if there are dead letters: 1 or more.</summary>
    public int MaxAttempts { get; init; } = 10;

    /// <summary>The delay after the first failure, doubled with each further one: 1 ms to 1 day.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest delay: <see cref="BaseDelay"/> to 1 day.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often the broker is told that an event is still being handled: 100 ms to 1 hour, below its time for it.</summary>
    public TimeSpan ExtendInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a disposal waits for handlers; what has not ended then is left behind. 0 to 1 day; default 30 s.
    /// </summary>
    public TimeSpan CloseTimeout { get; init; } = Endings.DefaultTimeout;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The delay after so many failed attempts.</summary>
    internal TimeSpan DelayAfter(int failures) => TimeSpan.FromTicks(
        (long)Math.Min(MaxDelay.Ticks, BaseDelay.Ticks * Math.Pow(2, Math.Clamp(failures - 1, 0, 32))));

    internal void Validate()
    {
        ClusterNames.RequireHost(Group);
        ArgumentNullException.ThrowIfNull(Topics);
        foreach (string topic in Topics)
            EventNamePattern.Parse(topic);
        ClusterOptions.Check(Shards is >= 1 and <= ClusterOptions.MaxShards, nameof(Shards), Shards, "1 to 64");
        ClusterOptions.Check(MaxAttempts >= 1, nameof(MaxAttempts), MaxAttempts, "1 or more");
        ClusterOptions.Check(Lease >= TimeSpan.FromSeconds(1) && Lease <= TimeSpan.FromHours(1), nameof(Lease), Lease, "1 s to 1 hour");
        ClusterOptions.Check(
            BaseDelay >= TimeSpan.FromMilliseconds(1) && BaseDelay <= TimeSpan.FromDays(1), nameof(BaseDelay), BaseDelay, "1 ms to 1 day");
        ClusterOptions.Check(MaxDelay >= BaseDelay && MaxDelay <= TimeSpan.FromDays(1), nameof(MaxDelay), MaxDelay, "BaseDelay to 1 day");
        ClusterOptions.Check(
            ExtendInterval >= TimeSpan.FromMilliseconds(100) && ExtendInterval <= TimeSpan.FromHours(1), nameof(ExtendInterval),
            ExtendInterval, "100 ms to 1 hour");
        Endings.Check(CloseTimeout, nameof(CloseTimeout));
        ArgumentNullException.ThrowIfNull(TimeProvider);
    }
}
