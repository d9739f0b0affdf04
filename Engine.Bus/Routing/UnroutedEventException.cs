namespace Engine.Bus.Routing;

/// <summary>No route of an <see cref="EventRouter"/> took an event.</summary>
/// <param name="message">What to know.</param>
public sealed class UnroutedEventException(string message) : Exception(message);
