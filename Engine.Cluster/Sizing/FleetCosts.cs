namespace Engine.Cluster.Sizing;

/// <summary>
/// What things cost, as measured: the parameters of a simulation. Times are of one processor, but for those that a disk takes.
/// Immutable.
/// </summary>
internal sealed record FleetCosts
{
    /// <summary>What was measured with frames of 28 KB, as docs/cluster.md says; another machine has its own.</summary>
    public static FleetCosts Reference { get; } = new()
    {
        HostMicrosecondsPerFrame = 174,
        BrokerMicrosecondsPerFrame = 206,
        HubMicrosecondsPerFrame = 103,
        // Contained in the disk's.
        HubMicrosecondsPerJournal = 0,
        HubDiskMicrosecondsPerJournal = 1_070,
        FrameBytes = 28_960,
        BrokerMicrosecondsPerHeartbeat = 8,
        HubMicrosecondsPerHeartbeat = 46,
    };

    /// <summary>
    /// Microseconds of a host's processor once, with its first frames: it compiles what it runs, and connects. Of no weight in a plan,
    /// where hosts run for days.
    /// </summary>
    public double HostMicrosecondsToStart { get; init; }

    /// <summary>Microseconds of a host's processor for a frame: to read it, send it and take its acknowledgement.</summary>
    public double HostMicrosecondsPerFrame { get; init; }

    /// <summary>Microseconds of a broker's processor for a frame and each copy of it: to take it, keep it and hand it over.</summary>
    public double BrokerMicrosecondsPerFrame { get; init; }

    /// <summary>Microseconds of a hub's processor for a frame: to check, append and acknowledge it.</summary>
    public double HubMicrosecondsPerFrame { get; init; }

    /// <summary>Microseconds of a hub's processor for each journal that a batch touches: files, audit, ledger.</summary>
    public double HubMicrosecondsPerJournal { get; init; }

    /// <summary>Microseconds that a hub's disk takes to make one journal durable; others of other shards go on meanwhile.</summary>
    public double HubDiskMicrosecondsPerJournal { get; init; }

    /// <summary>Bytes of a frame.</summary>
    public double FrameBytes { get; init; }

    /// <summary>Messages that a hub takes at a time.</summary>
    public int BatchMessages { get; init; } = 256;

    /// <summary>Frames that a host has under way at most.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Microseconds of a broker's processor for a host's sign of life, and the hub's word for it.</summary>
    public double BrokerMicrosecondsPerHeartbeat { get; init; }

    /// <summary>Microseconds of a hub's processor for the same.</summary>
    public double HubMicrosecondsPerHeartbeat { get; init; }
}
