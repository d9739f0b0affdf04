using Engine.Primitives;

namespace Engine.Storage.Databases;

/// <summary>How a database is used. Immutable.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Connections for reading at most: 1 to 256.</summary>
    public int MaxReaders { get; init; } = 4;

    /// <summary>How long a reader waits for a connection at most: 1 ms to 1 hour.</summary>
    public TimeSpan AcquireTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a writer waits for writers of other processes at most: 1 ms to 1 hour.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Writes that are committed together at most: 1 to 65,536. A group is what came in while the one before it was being
    /// committed, and what <see cref="GroupCommitDelay"/> waits for.
    /// </summary>
    public int MaxGroup { get; init; } = 1024;

    /// <summary>
    /// How long the writing thread waits after a write has come, for others to share its commit: 0 to 1 s. Without it what comes in
    /// during a commit shares the next one.
    /// </summary>
    public TimeSpan GroupCommitDelay { get; init; }

    /// <summary>Writes that may wait to be committed: 1 to 16,777,216. Further ones wait for room without a thread.</summary>
    public int MaxPending { get; init; } = 65_536;

    /// <summary>Bytes above which SQLite's write-ahead log is emptied: 1 MiB to 1 TiB.</summary>
    public long MaxWalBytes { get; init; } = 64L << 20;

    /// <summary>How long disposing waits for writes and readers at most: 0 to 1 day.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<DatabaseOptions> Ranges { get; } = new OptionTable<DatabaseOptions>("a database")
        .With(nameof(MaxReaders), OptionRange.Of(1, 256), static o => o.MaxReaders)
        .With(nameof(AcquireTimeout), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), static o => o.AcquireTimeout)
        .With(nameof(BusyTimeout), OptionRange.Of(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1)), static o => o.BusyTimeout)
        .With(nameof(MaxGroup), OptionRange.Of(1, 65_536), static o => o.MaxGroup)
        .With(nameof(GroupCommitDelay), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromSeconds(1)), static o => o.GroupCommitDelay)
        .With(nameof(MaxPending), OptionRange.Of(1, 1 << 24), static o => o.MaxPending)
        .With(nameof(MaxWalBytes), OptionRange.Bytes(1L << 20, 1L << 40), static o => o.MaxWalBytes)
        .With(nameof(CloseTimeout), OptionRange.Of(TimeSpan.Zero, TimeSpan.FromDays(1)), static o => o.CloseTimeout);

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
    }
}
