namespace Engine.Bus.Messages;

/// <summary>Handles one delivery. To return is an ack, to throw is a nack, unless the handler settled the message itself.</summary>
/// <param name="message">The delivery.</param>
/// <param name="cancellationToken">
/// Cancelled when the consumer is to end. A handler that then throws <see cref="OperationCanceledException"/> has not failed.
/// </param>
public delegate ValueTask MessageAction(EventMessage message, CancellationToken cancellationToken);
