using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary>
/// <c>container_status</c>: a container, or a machine, has gone from one state to another.
/// The resource is the container.
/// </summary>
/// <param name="OldState">The state before: <c>running</c>, <c>stopped</c>, ...</param>
/// <param name="NewState">The state now.</param>
/// <param name="NodeId">The node it runs on.</param>
/// <param name="PipelineId">The pipeline it belongs to; null if to none.</param>
/// <param name="Reason">Why: <c>task_completed</c>, ...</param>
/// <param name="ExitCode">What it ended with; null while it runs.</param>
/// <param name="StartedAt">When it began; null before.</param>
/// <param name="FinishedAt">When it ended; null while it runs.</param>
public sealed record ContainerStatus(
    string OldState,
    string NewState,
    string NodeId,
    string? PipelineId,
    string Reason,
    int? ExitCode,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt) : IGatewayEvent<ContainerStatus>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("container.status");

    /// <inheritdoc/>
    public EventFacets GetFacets() => new(NodeId: NodeId, PipelineId: PipelineId);

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems()
        .Required(OldState, "old_state").Required(NewState, "new_state").Required(NodeId, "node_id").Required(Reason, "reason")
        .Ordered(StartedAt, FinishedAt, "started_at and finished_at").Found;
}
