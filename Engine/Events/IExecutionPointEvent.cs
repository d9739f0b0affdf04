namespace Engine.Events;

/// <summary>A rarer event that carries its exact place in the execution of a virtual CPU.</summary>
public interface IExecutionPointEvent
{
    /// <summary>Where and when it happened.</summary>
    ExecutionPoint At { get; }
}
