namespace Engine.Bus.Messages;

/// <summary>Handles one delivery, and is told what is known of its event.</summary>
internal delegate ValueTask MessageCall(EventMessage message, EventContext context, CancellationToken cancellationToken);
