namespace Engine.Dashboard.Api;

/// <summary><c>GET /api/v1/fleet</c>: hosts by name, and what is known of all.</summary>
/// <param name="Broker">Where the fleet's broker is.</param>
/// <param name="At">When, by the hub's clock.</param>
/// <param name="HostCount">Hosts that the hub knows.</param>
/// <param name="CountByState">How many of them are live, late, gone or have left.</param>
/// <param name="Hosts">Those that were asked for.</param>
/// <param name="OmittedHosts">How many more there are.</param>
/// <param name="Faults">What is wrong at the hub itself.</param>
internal sealed record FleetStatus(
    string Broker, DateTimeOffset At, int HostCount, IReadOnlyList<NamedCount> CountByState, IReadOnlyList<FleetHostItem> Hosts,
    int OmittedHosts, IReadOnlyList<string> Faults);

/// <summary>
/// A host of the fleet. Frames: <c>stored = unsent + sent</c>, <c>sent = received + in_flight + lost</c>. The skew is how far its clock
/// is ahead of the hub's.
/// </summary>
internal sealed record FleetHostItem(
    string Name, string State, double SilentSeconds, double ClockSkewMs, int Starts, int Cores, long MemoryBytes, int Machines,
    long EventsLostAtHost, string? Journal, long Stored, long Unsent, long Sent, long Received, long InFlight, long Lost, long BacklogBytes,
    long EventsAtHub, long BytesAtHub, long Duplicates, long Gaps, string? Fault, string? FaultMessage);

/// <summary><c>GET /api/v1/fleet/top</c>: the machines of all hosts that have most of something.</summary>
/// <param name="By">An event type, or <c>lost</c>.</param>
/// <param name="AtHub">By what the hub has.</param>
/// <param name="AtSource">By the machines' own counts, recorded or not.</param>
internal sealed record FleetTop(string By, IReadOnlyList<FleetTopItem> AtHub, IReadOnlyList<FleetTopItem> AtSource);

/// <summary>A machine of a host.</summary>
internal sealed record FleetTopItem(string Host, string Machine, string Type, long Events, long Lost);
