namespace Engine.Gateway.Streams;

/// <summary>An event that was not published.</summary>
/// <param name="Type">Its type.</param>
/// <param name="ResourceId">What it was about.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Problem">What was wrong; null if the outcome says all.</param>
public readonly record struct SkippedEvent(Type Type, string? ResourceId, GatewayPublishOutcome Outcome, string? Problem);
