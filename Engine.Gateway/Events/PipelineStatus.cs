using Engine.Events;

namespace Engine.Gateway.Events;

/// <summary><c>pipeline_status</c>: a pipeline has gone from one status to another. The resource is the pipeline.</summary>
/// <param name="OldStatus">The status before: <c>running</c>, <c>completed</c>, ...</param>
/// <param name="NewStatus">The status now.</param>
/// <param name="NodeId">The node it runs on.</param>
/// <param name="StartTime">When it began; null before.</param>
/// <param name="EndTime">When it ended; null while it runs.</param>
/// <param name="Error">What went wrong; null if nothing did.</param>
public sealed record PipelineStatus(
    string OldStatus, string NewStatus, string NodeId, DateTimeOffset? StartTime, DateTimeOffset? EndTime, string? Error)
    : IGatewayEvent<PipelineStatus>
{
    /// <inheritdoc/>
    public static EventDescriptor Descriptor { get; } = new("pipeline.status");

    /// <inheritdoc/>
    public EventFacets GetFacets() => new(NodeId: NodeId);

    /// <inheritdoc/>
    public IEnumerable<string> FindProblems() => new EventProblems()
        .Required(OldStatus, "old_status").Required(NewStatus, "new_status").Required(NodeId, "node_id").Text(Error, "error")
        .Ordered(StartTime, EndTime, "start_time and end_time").Found;
}
