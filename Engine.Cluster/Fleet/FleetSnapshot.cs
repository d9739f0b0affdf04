using System.Text.Json.Serialization;
using Engine.Cluster.Contracts;
using Engine.Cluster.Receiving;

namespace Engine.Cluster.Fleet;

/// <summary>Whether a host is there.</summary>
public enum HostState
{
    /// <summary>It has given a sign of life lately.</summary>
    Live,

    /// <summary>It has missed some.</summary>
    Late,

    /// <summary>It has missed so many that it is taken to be gone.</summary>
    Gone,

    /// <summary>It has said that it leaves.</summary>
    Left,
}

/// <summary>A host as the hub sees it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="SilentFor">How long ago its last sign of life came, by the hub's own clock.</param>
/// <param name="ClockSkew">How far its clock was ahead of the hub's when that came; shown, and never used for order.</param>
/// <param name="Starts">Lives of it that the hub has seen.</param>
/// <param name="Heartbeat">The last sign of life.</param>
/// <param name="Hub">What the hub has of its journal; null for nothing.</param>
public sealed record FleetHost(
    string Name, HostState State, TimeSpan SilentFor, TimeSpan ClockSkew, int Starts, HostHeartbeat Heartbeat, HubJournal? Hub)
{
    /// <summary>Where its frames are; null if it publishes none.</summary>
    [JsonIgnore]
    public FrameLedger? Ledger => Heartbeat.Publisher is { } publisher ? FrameLedger.Of(publisher, Hub) : null;
}

/// <summary>
/// Where the frames of a host are: <c>stored = unsent + sent</c>, and <c>sent = received + in flight + lost by name</c>.
/// </summary>
/// <param name="Stored">Frames that became durable at the host, those deleted since included.</param>
/// <param name="Unsent">Those that the broker has not acknowledged.</param>
/// <param name="Sent">Those that it has.</param>
/// <param name="Received">Those that are durable at the hub.</param>
/// <param name="InFlight">Those between broker and hub, or to be sent again.</param>
/// <param name="Lost">Those that nobody will have any more, by name.</param>
public sealed record FrameLedger(long Stored, long Unsent, long Sent, long Received, long InFlight, long Lost)
{
    /// <summary>Makes the ledger of a host. The two views may be moments apart: then what came meanwhile counts as in flight.</summary>
    /// <param name="publisher">What the host says.</param>
    /// <param name="hub">What the hub has; null for nothing.</param>
    public static FrameLedger Of(PublisherStatistics publisher, HubJournal? hub)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        long through = hub?.Through ?? 0;
        long lost = hub?.LostFrames ?? 0;
        // The hub may be ahead of a sign of life that is older.
        long sent = Math.Max(publisher.SentFrame, through);
        long stored = Math.Max(publisher.DurableFrame, sent);
        return new FrameLedger(stored, stored - sent, sent, through - lost, sent - through, lost);
    }
}

/// <summary>The fleet at a moment.</summary>
/// <param name="At">When, by the hub's clock.</param>
/// <param name="Hosts">The hosts, by name.</param>
/// <param name="Faults">What is wrong at the hub itself.</param>
public sealed record FleetSnapshot(DateTimeOffset At, IReadOnlyList<FleetHost> Hosts, IReadOnlyList<string> Faults)
{
    /// <summary>Behind which host the next part begins, where a message holds a part only; null for the last.</summary>
    public string? Next { get; init; }

    /// <summary>The machines that have most events of a type, all hosts together.</summary>
    /// <param name="eventType">The event type's name.</param>
    /// <param name="most">How many machines at most.</param>
    public IReadOnlyList<FleetCount> Top(string eventType, int most) => Rank(
        count => count.EventType == eventType, static count => count.Events, most);

    /// <summary>The machines that have lost most events, all hosts together.</summary>
    /// <param name="most">How many machines at most.</param>
    public IReadOnlyList<FleetCount> TopLosses(int most) => Rank(static count => count.Lost > 0, static count => count.Lost, most);

    /// <summary>The machines that have had most events of a type by their own count, recorded or not; all hosts together.</summary>
    /// <param name="eventType">The event type's name.</param>
    /// <param name="most">How many machines at most.</param>
    public IReadOnlyList<FleetCount> TopAtSource(string eventType, int most) =>
    [
        .. Hosts.SelectMany(host => (host.Heartbeat.Capacity.Counts ?? [])
                .Where(count => count.EventType == eventType && count.Count > 0)
                .Select(count => new FleetCount(host.Name, new EventCount(count.Machine, count.EventType, count.Count, 0))))
            .OrderByDescending(static entry => entry.Count.Events).ThenBy(static entry => entry.Host, StringComparer.Ordinal).Take(most),
    ];

    private IReadOnlyList<FleetCount> Rank(Func<EventCount, bool> isWanted, Func<EventCount, long> by, int most) =>
    [
        .. Hosts.SelectMany(host => (host.Hub?.Counts ?? []).Where(isWanted).Select(count => new FleetCount(host.Name, count)))
            .OrderByDescending(entry => by(entry.Count)).ThenBy(static entry => entry.Host, StringComparer.Ordinal).Take(most),
    ];
}

/// <summary>A machine's count.</summary>
/// <param name="Host">Its host.</param>
/// <param name="Count">Machine, type and numbers.</param>
public sealed record FleetCount(string Host, EventCount Count);
