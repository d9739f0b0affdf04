using Engine.Gateway.Frames;
using Engine.Primitives;

namespace Engine.Gateway.Streams;

/// <summary>The counters of a gateway at one moment. Immutable.</summary>
public sealed record GatewayStatistics
{
    /// <summary>Streams that are open.</summary>
    public int Open { get; init; }

    /// <summary>Most that were open at once.</summary>
    public int Peak { get; init; }

    /// <summary>Streams that have been opened.</summary>
    public long Opened { get; init; }

    /// <summary>Events published.</summary>
    public long Published { get; init; }

    /// <summary>Events not published because they were not right, could not be serialized, or were of no known type.</summary>
    public long Skipped { get; init; }

    /// <summary>Events sent, once for each stream.</summary>
    public long Sent { get; init; }

    /// <summary>Bytes sent, before compression.</summary>
    public long SentBytes { get; init; }

    /// <summary>Flushes.</summary>
    public long Flushes { get; init; }

    /// <summary>Events that slow streams missed.</summary>
    public long Dropped { get; init; }

    /// <summary>Metrics left out because newer ones of the same type and resource were there.</summary>
    public long Coalesced { get; init; }

    /// <summary>Events left out because of pressure, coalesced ones not included.</summary>
    public long Shed { get; init; }

    /// <summary>Gaps told to streams.</summary>
    public long Gaps { get; init; }

    /// <summary>Cursors that meant nothing.</summary>
    public long Resets { get; init; }

    /// <summary>Streams that went on behind a cursor.</summary>
    public long Resumes { get; init; }

    /// <summary>Heartbeats, id-only blocks included.</summary>
    public long Heartbeats { get; init; }

    /// <summary>Requests refused because a limit on streams was reached.</summary>
    public long RefusedByLimit { get; init; }

    /// <summary>Requests refused because the gateway is stopping.</summary>
    public long RefusedByStop { get; init; }

    /// <summary>Requests refused because their parameters were wrong.</summary>
    public long RefusedAsWrong { get; init; }

    /// <summary>Streams that are compressed now.</summary>
    public int Compressed { get; init; }

    /// <summary>Bytes that wait for clients now.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>The step of the degradation ladder.</summary>
    public Degradation Degradation { get; init; }

    /// <summary>Steps taken on it, up and down.</summary>
    public long DegradationSteps { get; init; }

    /// <summary>The oldest event that is kept.</summary>
    public long FirstSequence { get; init; }

    /// <summary>The newest.</summary>
    public long LastSequence { get; init; }

    /// <summary>From publication to flush, of the oldest live event of each batch.</summary>
    public DurationDistribution Latency { get; init; } = DurationDistribution.Empty;

    /// <summary>Streams that have ended, by reason.</summary>
    public IReadOnlyDictionary<StreamEnd, long> Ends { get; init; } = new Dictionary<StreamEnd, long>();

    /// <summary>Streams that are open, by what they take; those that take the rarest kinds may be left out.</summary>
    public IReadOnlyDictionary<string, int> OpenByFilter { get; init; } = new Dictionary<string, int>();
}
