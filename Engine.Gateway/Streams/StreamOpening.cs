namespace Engine.Gateway.Streams;

/// <summary>What a stream begins with. It keeps what it needs of it, because it may last for days.</summary>
/// <param name="Request">What the client wants.</param>
/// <param name="Plan">Where it begins.</param>
/// <param name="Output">Where it goes.</param>
/// <param name="Aborted">Cancelled when the client has gone.</param>
internal readonly record struct StreamOpening(
    StreamRequest Request, StreamPlan Plan, StreamOutput Output, CancellationToken Aborted);
