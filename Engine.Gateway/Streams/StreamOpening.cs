namespace Engine.Gateway.Streams;

/// <summary>What a stream begins with.</summary>
/// <param name="Request">What the client wants.</param>
/// <param name="Plan">Where it begins.</param>
/// <param name="Output">Where it goes.</param>
/// <param name="Abort">Cuts the connection.</param>
/// <param name="Aborted">Cancelled when the client has gone.</param>
internal sealed record StreamOpening(
    StreamRequest Request, StreamPlan Plan, StreamOutput Output, Action Abort, CancellationToken Aborted);
