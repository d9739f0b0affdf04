namespace Engine.Bus;

/// <summary>Handlers publish events that lead back to themselves. Thrown by the publish that would go one level too deep.</summary>
/// <param name="message">Names the rule and the event types on the way.</param>
public sealed class EventLoopException(string message) : InvalidOperationException(message);
