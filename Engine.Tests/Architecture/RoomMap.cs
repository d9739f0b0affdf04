namespace Engine.Tests.Architecture;

/// <summary>
/// The one map of the assemblies and their rooms: what each may refer to. A room is the second part of a source file's path;
/// files beside the rooms of an assembly belong to none and may refer to all of them.
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
            ["Hosting"] = ["Primitives", "Events", "Ring", "Subscriptions", "Publish", "Dispatch", "Handlers", "Diagnostics"],
        }),
        ["Engine.Bus"] = new(["Engine"], new()
        {
            ["Contracts"] = [],
            ["Scheduling"] = ["Contracts"],
            ["Retry"] = ["Contracts"],
            ["Queues"] = [],
            ["Options"] = ["Contracts", "Scheduling", "Retry"],
            ["Context"] = ["Contracts", "Options", "Scheduling"],
            ["Handlers"] = ["Context", "Contracts", "Retry"],
            ["Delivery"] = ["Queues", "Handlers", "Context", "Contracts", "Options", "Retry", "Scheduling"],
            ["Bus"] = ["Delivery", "Handlers", "Context", "Contracts", "Options", "Retry", "Scheduling"],
            ["Routing"] = ["Handlers", "Context", "Contracts"],
            ["Messages"] = ["Bus", "Queues", "Handlers", "Context", "Contracts", "Options", "Retry"],
            ["Payloads"] = [],
            ["Versions"] = ["Bus", "Handlers", "Context", "Contracts", "Options"],
            ["Idempotency"] = ["Messages", "Handlers", "Context", "Contracts"],
            ["Monitoring"] = ["Bus", "Delivery", "Messages", "Context", "Options", "Contracts", "Scheduling"],
            ["Compatibility"] = ["Bus", "Delivery", "Handlers", "Context", "Contracts", "Options", "Retry"],
        }),
        ["Engine.Bus.Hosting"] = new(["Engine.Bus", "Engine"], new()
        {
            ["Files"] = [],
            ["Configuration"] = ["Files"],
        }),
    };

    /// <summary>
    /// Folders with another namespace than their own; what hosting adds is in the namespace of what it adds to.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Namespaces { get; } = new Dictionary<string, string>
    {
        ["Engine.Bus/Compatibility"] = "Engine.Compatibility",
        ["Engine.Bus.Hosting/Configuration"] = "Engine.Bus.Configuration",
        ["Engine.Bus.Hosting/Files"] = "Engine.Bus.Configuration.Files",
    };

    /// <summary>Assemblies of which each room may put what nearly every user names into one namespace, the same for all.</summary>
    public static IReadOnlyDictionary<string, string> SharedNamespaces { get; } = new Dictionary<string, string>
    {
        ["Engine.Bus"] = "Engine.Bus",
        ["Engine.Bus.Hosting"] = "Engine.Bus",
    };

    /// <summary>All assemblies beneath one.</summary>
    public static IReadOnlyCollection<string> Below(string assembly) => Assemblies[assembly].Below;
}

/// <summary>What an assembly may refer to.</summary>
/// <param name="Below">The assemblies beneath it.</param>
/// <param name="Rooms">Its rooms, with the rooms that each may refer to.</param>
internal sealed record AssemblyRooms(string[] Below, Dictionary<string, string[]> Rooms);
