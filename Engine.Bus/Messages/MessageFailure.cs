namespace Engine.Bus.Messages;

/// <summary>How the deliveries of a message failed. Immutable.</summary>
/// <param name="Reason">Why the latest one failed.</param>
/// <param name="Exception">What the handler threw in the latest failure; null if it threw nothing.</param>
/// <param name="FirstAt">When the first one failed.</param>
/// <param name="LastAt">When the latest one failed.</param>
public sealed record MessageFailure(string Reason, Exception? Exception, DateTimeOffset FirstAt, DateTimeOffset LastAt);
