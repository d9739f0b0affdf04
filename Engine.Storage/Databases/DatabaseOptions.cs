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

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Check(MaxReaders is >= 1 and <= 256, nameof(MaxReaders), MaxReaders, "1 to 256");
        Check(IsTimeout(AcquireTimeout), nameof(AcquireTimeout), AcquireTimeout, "1 ms to 1 hour");
        Check(IsTimeout(BusyTimeout), nameof(BusyTimeout), BusyTimeout, "1 ms to 1 hour");
        Check(MaxGroup is >= 1 and <= 65_536, nameof(MaxGroup), MaxGroup, "1 to 65,536");
        Check(
            GroupCommitDelay >= TimeSpan.Zero && GroupCommitDelay <= TimeSpan.FromSeconds(1), nameof(GroupCommitDelay), GroupCommitDelay,
            "0 to 1 s");
        Check(MaxPending is >= 1 and <= 1 << 24, nameof(MaxPending), MaxPending, "1 to 16,777,216");
        Check(MaxWalBytes is >= 1 << 20 and <= 1L << 40, nameof(MaxWalBytes), MaxWalBytes, "1 MiB to 1 TiB");
        Check(CloseTimeout >= TimeSpan.Zero && CloseTimeout <= TimeSpan.FromDays(1), nameof(CloseTimeout), CloseTimeout, "0 to 1 day");
    }

    private static bool IsTimeout(TimeSpan timeout) => timeout >= TimeSpan.FromMilliseconds(1) && timeout <= TimeSpan.FromHours(1);

    private static void Check(bool isMet, string name, object value, string range)
    {
        if (!isMet)
            throw new ArgumentOutOfRangeException(name, value, $"{name} of a database must be {range}.");
    }
}
