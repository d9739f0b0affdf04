namespace Engine.Bench.Gate.Measuring;

/// <summary>A build and the gate do not understand each other, so nothing can be said about it.</summary>
internal sealed class ContractException(string message, Exception? inner = null) : Exception(message, inner);
