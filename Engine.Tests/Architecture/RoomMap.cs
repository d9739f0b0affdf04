namespace Engine.Tests.Architecture;

/// <summary>
/// The one map of the assemblies and their rooms: what each may refer to. A room is the second part of a source file's path.
/// Files beside the rooms may refer to all of them but those that are listed as referring to these files.
/// </summary>
internal static class RoomMap
{
    /// <summary>The assemblies by name: those beneath each, and its rooms with those that each may refer to.</summary>
    public static IReadOnlyDictionary<string, AssemblyRooms> Assemblies { get; } = new Dictionary<string, AssemblyRooms>
    {
        ["Engine"] = new([], new()
        {
            ["Primitives"] = [],
            ["Events"] = ["Primitives"],
            ["Ring"] = ["Primitives"],
            ["Diagnostics"] = ["Ring", "Events", "Primitives"],
            ["Subscriptions"] = ["Diagnostics", "Events", "Primitives"],
            ["Publish"] = ["Ring", "Subscriptions", "Diagnostics", "Events", "Primitives"],
            ["Dispatch"] = ["Ring", "Subscriptions", "Diagnostics", "Events", "Primitives"],
            ["Handlers"] = ["Subscriptions", "Events", "Primitives"],
            ["Order"] = ["Publish", "Ring", "Subscriptions", "Events", "Primitives"],
            ["Hosting"] = ["Primitives", "Events", "Ring", "Subscriptions", "Publish", "Order", "Dispatch", "Handlers", "Diagnostics"],
        }),
        ["Engine.Bus"] = new(["Engine"], new()
        {
            ["Contracts"] = [],
            ["Scheduling"] = ["Contracts"],
            ["Options"] = ["Contracts", "Scheduling"],
            ["Retry"] = ["Contracts", "Options"],
            ["Context"] = ["Contracts", "Options", "Scheduling"],
            ["Handlers"] = ["Context", "Contracts", "Options", "Retry"],
            ["Queues"] = ["Handlers", "Context", "Contracts", "Options", "Retry", "Scheduling"],
            ["Calls"] = ["Queues", "Handlers", "Context", "Contracts"],
            ["Delivery"] = ["Calls", "Queues", "Context", "Contracts", "Options", "Retry", "Scheduling"],
            ["Bus"] = ["Delivery", "Calls", "Queues", "Handlers", "Context", "Contracts", "Options", "Retry", "Scheduling"],
            ["Routing"] = ["Handlers", "Context", "Contracts"],
            ["Codecs"] = ["Contracts"],
            ["Versions"] = ["Bus", "Codecs", "Handlers", "Context", "Contracts", "Options"],
            ["Messages"] = ["Bus", "Routing", "Versions", "Handlers", "Context", "Contracts", "Options", "Retry"],
            ["Idempotency"] = ["Messages", "Handlers", "Context", "Contracts"],
            ["Monitoring"] = ["Bus", "Queues", "Messages", "Context", "Options", "Contracts", "Scheduling"],
            ["Compatibility"] = ["Bus", "Queues", "Handlers", "Context", "Contracts", "Options", "Retry"],
        }),
        ["Engine.Bus.Hosting"] = new(["Engine.Bus", "Engine"], new()
        {
            ["Files"] = [],
            ["Configuration"] = ["Files"],
        }),
        ["Engine.Tooling"] = new([], new()
        {
            ["Contracts"] = [],
            ["Native"] = [],
            ["Streams"] = ["Native", "Contracts"],
            ["Files"] = ["Native", "Contracts"],
            ["Pictures"] = [],
        }),
        ["Engine.Storage"] = new(["Engine.Bus", "Engine"], new()
        {
            ["Frames"] = [],
            ["Codecs"] = [],
            ["Journals"] = ["Frames", "Codecs"],
            ["Logs"] = ["Frames", "Codecs", "Journals", "Records", "Stores", "Databases"],
            ["Recorded"] = ["Frames", "Journals"],
            ["Records"] = [],
            ["Databases"] = ["Records"],
            ["Stores"] = ["Databases", "Records", "Frames"],
            ["DeadLetters"] = ["Databases", "Records"],
            ["Outbox"] = ["DeadLetters", "Stores", "Databases", "Records"],
            ["Idempotency"] = ["Databases"],
            ["Subscriptions"] = ["DeadLetters", "Stores", "Databases", "Records"],
            ["Sourcing"] = ["Outbox", "Stores", "Databases", "Records", "Frames"],
            ["Facade"] = ["Sourcing", "Subscriptions", "Idempotency", "Outbox", "DeadLetters", "Stores", "Databases", "Records"],
        }),
        ["Engine.Cluster"] = new(["Engine.Storage", "Engine.Bus", "Engine"], new()
        {
            ["Contracts"] = [],
            ["Local"] = [],
            ["Sizing"] = [],
            ["Transport"] = ["Contracts"],
            ["Publishing"] = ["Transport", "Contracts"],
            ["Receiving"] = ["Publishing", "Transport", "Contracts"],
            ["Events"] = ["Transport", "Contracts"],
            ["Fleet"] = ["Publishing", "Receiving", "Transport", "Contracts"],
        }),
        ["Engine.Fleet"] = new([
            "Engine", "Engine.Bus.Hosting", "Engine.Cluster", "Engine.Emulator", "Engine.Storage", "Engine.Tooling",
        ], new()
        {
            ["Hosts"] = [],
            ["Cli"] = ["Hosts"],
        }),
        ["Engine.Storage.Hosting"] = new(["Engine.Storage", "Engine.Bus.Hosting", "Engine.Bus", "Engine"], new()
        {
            ["Configuration"] = [],
        }),
        ["Engine.Emulator"] = new(["Engine", "Engine.Gateway", "Engine.Storage", "Engine.Tooling"], new()
        {
            ["Platform"] = [],
            ["Guests"] = [],
            ["Devices"] = ["Platform"],
            ["Memory"] = ["Devices", "Platform"],
            ["Loading"] = ["Devices", "Platform"],
            ["FloatingPoint"] = [],
            ["Cpu"] = ["Devices", "Memory", "FloatingPoint"],
            ["Serving"] = ["Cpu", "Loading", AssemblyRooms.Beside],
            ["Debugging"] = ["Cpu", "Memory", AssemblyRooms.Beside],
            ["Profiling"] = ["Cpu", AssemblyRooms.Beside],
            ["Cli"] = [
                "Serving", "Guests", "Loading", "Devices", "Platform", "Cpu", "Debugging", "Profiling", AssemblyRooms.Beside,
            ],
        }),
        ["Engine.Gateway"] = new(["Engine", "Engine.Bus", "Engine.Bus.Hosting", "Engine.Tooling"], new()
        {
            ["Events"] = [],
            ["Frames"] = ["Events"],
            ["Streams"] = ["Frames", "Events"],
            ["Access"] = [],
            ["Client"] = ["Frames", "Events"],
            ["Web"] = ["Access", "Streams", "Frames", "Events"],
            ["Feeds"] = ["Streams", "Events"],
            ["Hosting"] = ["Feeds", "Web", "Access", "Streams", "Events"],
        }),
        ["Engine.Dashboard"] = new(["Engine", "Engine.Bus", "Engine.Gateway"], new()
        {
            ["Api"] = [],
            ["Live"] = ["Api"],
            ["Parts"] = ["Live", "Api"],
            ["Pages"] = ["Parts", "Live", "Api"],
            ["Hosting"] = ["Parts", "Live", "Api"],
        }),
        ["Engine.Server"] = new(
        [
            "Engine", "Engine.Bus", "Engine.Bus.Hosting", "Engine.Cluster", "Engine.Dashboard", "Engine.Emulator", "Engine.Gateway",
            "Engine.Storage", "Engine.Storage.Hosting", "Engine.Tooling",
        ], new()
        {
            ["Machines"] = [],
            ["Telemetry"] = [],
            ["Description"] = [],
            ["History"] = [],
            ["Stores"] = [],
            ["Fleet"] = [],
            ["Cli"] = ["Machines", "Stores", "History", "Description", "Telemetry", "Fleet"],
        }),
        ["Engine.Bench"] = new([
            "Engine", "Engine.Bus", "Engine.Cluster", "Engine.Emulator", "Engine.Gateway", "Engine.Storage", "Engine.Tooling",
        ], new()
        {
            ["Support"] = [],
            ["Reporting"] = ["Support"],
            ["Topologies"] = ["Reporting", "Support"],
            ["Peers"] = ["Topologies", "Reporting", "Support"],
            ["Bus"] = ["Reporting", "Support"],
            ["Storage"] = ["Topologies", "Reporting", "Support"],
            ["Chaos"] = ["Support"],
            ["Cluster"] = ["Chaos", "Support"],
            ["Sse"] = ["Reporting", "Support"],
            ["Embed"] = ["Reporting", "Support"],
            ["Micro"] = ["Reporting", "Support"],
            ["Gate"] = ["Topologies", "Reporting", "Support"],
            ["DiagnosticsCost"] = ["Topologies", "Reporting", "Support"],
            ["Quick"] = ["Peers", "Topologies", "Bus", "Reporting", "Support"],
        }),
    };

    /// <summary>
    /// Folders with another namespace than their own; what hosting adds is in the namespace of what it adds to.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Namespaces { get; } = new Dictionary<string, string>
    {
        ["Engine.Bus/Compatibility"] = "Engine.Compatibility",
        ["Engine.Bus.Hosting/Configuration"] = "Engine.Bus.Configuration",
        ["Engine.Bus.Hosting/Files"] = "Engine.Bus.Configuration",
    };

    /// <summary>Assemblies of which each room may put what nearly every user names into one namespace, the same for all.</summary>
    public static IReadOnlyDictionary<string, string> SharedNamespaces { get; } = new Dictionary<string, string>
    {
        ["Engine.Bus"] = "Engine.Bus",
        ["Engine.Bus.Hosting"] = "Engine.Bus",
        ["Engine.Tooling"] = "Engine.Tooling",
    };

    /// <summary>All assemblies beneath one.</summary>
    public static IReadOnlyCollection<string> Below(string assembly) => Assemblies[assembly].Below;
}

/// <summary>What an assembly may refer to.</summary>
/// <param name="Below">The assemblies beneath it.</param>
/// <param name="Rooms">Its rooms, with the rooms that each may refer to.</param>
internal sealed record AssemblyRooms(string[] Below, Dictionary<string, string[]> Rooms)
{
    /// <summary>Stands for the files beside the rooms.</summary>
    public const string Beside = ".";

    public bool Allows(string from, string to) =>
        from == Beside ? !Rooms[to].Contains(Beside) : Rooms[from].Contains(to);

    /// <summary>All rooms that one refers to, directly or by way of others.</summary>
    public IReadOnlySet<string> ReachableFrom(string room)
    {
        var seen = new HashSet<string>();
        var open = new Queue<string>(TargetsOf(room));
        while (open.TryDequeue(out string? next))
        {
            if (!seen.Add(next))
                continue;
            foreach (string target in TargetsOf(next))
                open.Enqueue(target);
        }

        return seen;
    }

    private IEnumerable<string> TargetsOf(string room) => room == Beside ? Rooms.Keys.Where(to => Allows(Beside, to)) : Rooms[room];
}
