using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>node_status</c>: a node has gone from one state to another. The resource is the node.</summary>
/// <param name="OldState">The state before: <c>offline</c>, <c>online</c>, ...</param>
/// <param name="NewState">The state now.</param>
/// <param name="Reason">Why: <c>heartbeat_received</c>, ...</param>
/// <param name="Details">What else is known.</param>
public sealed record NodeStatus(string OldState, string NewState, string Reason, NodeStatusDetails Details) : IGatewayEvent<NodeStatus>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("node.status");

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems()
        .Required(OldState, "old_state").Required(NewState, "new_state").Required(Reason, "reason").NotNull(Details, "details").Found;
}

/// <summary>What is known of a node beside its state.</summary>
/// <param name="Ip">Its address; null if it has none.</param>
/// <param name="LastHeartbeat">When it was last heard of; null if it never was.</param>
public sealed record NodeStatusDetails(string? Ip, DateTimeOffset? LastHeartbeat);
