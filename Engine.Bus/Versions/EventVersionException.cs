namespace Engine.Bus.Versions;

/// <summary>The versions of events that were declared do not fit together. Thrown when they are built, never by an event.</summary>
/// <param name="message">Names each problem and the chain of versions it is in.</param>
public sealed class EventVersionException(string message) : InvalidOperationException(message);
