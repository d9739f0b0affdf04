using System.Text.Json.Serialization;

namespace Engine.Cluster.Contracts;

/// <summary>What a hub tells a host: what it has durably, and what is missing.</summary>
/// <param name="Journal">The journal that is meant.</param>
/// <param name="Through">All frames up to this number are durable at the hub, or lost by name.</param>
/// <param name="GapFrom">The first frame that is missing; 0 if none is.</param>
/// <param name="GapTo">The last frame that is missing.</param>
public sealed record AuditReport(string Journal, long Through, long GapFrom, long GapTo);

/// <summary>Frames that nobody will have any more.</summary>
/// <param name="From">The first one.</param>
/// <param name="To">The last one.</param>
/// <param name="Cause">Why: <see cref="Deleted"/>, <see cref="Damaged"/> or <see cref="TooLarge"/>.</param>
public sealed record FrameRangeLoss(long From, long To, string Cause)
{
    /// <summary>The host's journal deleted them before they were audited, as its retention says.</summary>
    public const string Deleted = "deleted";

    /// <summary>They are damaged on the host's disk.</summary>
    public const string Damaged = "damaged";

    /// <summary>They are larger than the broker takes.</summary>
    public const string TooLarge = "too-large";

    /// <summary>How many.</summary>
    [JsonIgnore]
    public long Count => To - From + 1;
}

/// <summary>What a host's publisher has done. A moment's view; the numbers of one line fit together.</summary>
/// <param name="Journal">Identifies the journal.</param>
/// <param name="DurableFrame">The last frame that is durable at the host.</param>
/// <param name="SentFrame">The last frame up to which the broker has acknowledged all.</param>
/// <param name="AuditedFrame">The last frame up to which the hub has all durably, or lost by name.</param>
/// <param name="SentEvents">Events in the frames up to <see cref="SentFrame"/>.</param>
/// <param name="SentBytes">Bytes sent since the start, repeats included.</param>
/// <param name="ResentFrames">Frames sent again because the hub asked, since the start.</param>
/// <param name="LostFrames">Frames up to <see cref="SentFrame"/> that could not be sent, by name.</param>
/// <param name="BacklogBytes">Bytes of the journal that are kept for the hub.</param>
/// <param name="GivenUpSegments">Segments that are not kept any more, because the backlog reached its limit.</param>
/// <param name="Fault">What is wrong now.</param>
/// <param name="FaultMessage">The same in words; null for nothing.</param>
public sealed record PublisherStatistics(
    string Journal, long DurableFrame, long SentFrame, long AuditedFrame, long SentEvents, long SentBytes, long ResentFrames,
    long LostFrames, long BacklogBytes, long GivenUpSegments, ClusterFault Fault, string? FaultMessage);

/// <summary>What a host can carry, and does.</summary>
/// <param name="Cores">Processors.</param>
/// <param name="MemoryBytes">Memory that the process may use.</param>
/// <param name="Machines">Virtual machines that run.</param>
/// <param name="EventsLost">Events that rings or the journal dropped, as the journal names them.</param>
public sealed record HostCapacity(int Cores, long MemoryBytes, int Machines, long EventsLost)
{
    /// <summary>Events that were counted at their source, recorded or not: what is known of those that nobody sends.</summary>
    public IReadOnlyList<SourceCount> Counts { get; init; } = [];
}

/// <summary>How many events of a type a machine has had, by its own count.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="EventType">The event type's name.</param>
/// <param name="Count">How many since its host began.</param>
public sealed record SourceCount(string Machine, string EventType, long Count);

/// <summary>A host's sign of life.</summary>
/// <param name="Host">Its name.</param>
/// <param name="Started">When its process started, by its own clock: another start is another life.</param>
/// <param name="Now">Its clock; shown, and never used for order.</param>
/// <param name="IsLeaving">Whether it ends in order.</param>
/// <param name="Capacity">What it can carry.</param>
/// <param name="Publisher">What it has sent; null if it publishes nothing.</param>
public sealed record HostHeartbeat(
    string Host, DateTimeOffset Started, DateTimeOffset Now, bool IsLeaving, HostCapacity Capacity, PublisherStatistics? Publisher);
