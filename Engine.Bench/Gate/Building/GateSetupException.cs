namespace Engine.Bench.Gate.Building;

/// <summary>The gate cannot run; the message says what is missing and how to get it.</summary>
internal sealed class GateSetupException(string message) : Exception(message);
