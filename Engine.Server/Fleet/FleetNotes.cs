using Engine.Dashboard.Api;
using Engine.Gateway.Web;

namespace Engine.Server.Fleet;

/// <summary>What the endpoints of the fleet are, for a description of the server.</summary>
internal static class FleetNotes
{
    private static readonly ParameterNote s_limit = new("limit", "How many at most.", ParameterKind.Number);

    public static EndpointNote Hosts { get; } = new(
        "Hosts of the fleet by name, with their ledgers.", typeof(FleetStatus), new("after", "The last name of the page before."),
        new("state", "Only hosts in this state."), s_limit);

    public static EndpointNote Top { get; } = new(
        "Machines of all hosts with most events of a type, or most losses.", typeof(FleetTop),
        new("by", "An event type, or lost. Default vm.page-fault."), s_limit);
}
