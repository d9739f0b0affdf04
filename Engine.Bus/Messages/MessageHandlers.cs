using Engine.Events;

namespace Engine.Bus.Messages;

/// <summary>Handles one delivery. To return is an ack, to throw is a nack, unless the handler settled the message itself.</summary>
/// <param name="message">The delivery.</param>
/// <param name="cancellationToken">
/// Cancelled when the consumer is to end, or the bus has stopped and waits no longer. A handler that then throws
/// <see cref="OperationCanceledException"/> has not failed.
/// </param>
public delegate ValueTask MessageAction(EventMessage message, CancellationToken cancellationToken);

/// <inheritdoc cref="MessageAction"/>
/// <typeparam name="T">The event type.</typeparam>
public delegate ValueTask MessageAction<T>(EventMessage<T> message, CancellationToken cancellationToken)
    where T : IEvent<T>;

/// <summary>
/// Handles several deliveries at once. To return acks all that the handler has not settled itself, and to throw nacks them.
/// </summary>
/// <param name="batch">The deliveries, at least one.</param>
/// <param name="cancellationToken">
/// Cancelled when the consumer is to end, or the bus has stopped and waits no longer. A handler that then throws
/// <see cref="OperationCanceledException"/> has not failed.
/// </param>
public delegate ValueTask MessageBatchAction(MessageBatch batch, CancellationToken cancellationToken);

/// <inheritdoc cref="MessageBatchAction"/>
/// <typeparam name="T">The event type.</typeparam>
public delegate ValueTask MessageBatchAction<T>(MessageBatch<T> batch, CancellationToken cancellationToken)
    where T : IEvent<T>;

/// <summary>Handles one delivery, and is told what is known of its event.</summary>
internal delegate ValueTask MessageCall(EventMessage message, EventContext context, CancellationToken cancellationToken);
