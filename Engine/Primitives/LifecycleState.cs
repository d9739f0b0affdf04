namespace Engine.Primitives;

/// <summary>Where an engine or a bus is in its life. It only moves forward.</summary>
public enum LifecycleState
{
    /// <summary>Built. What is published waits for its handlers, except for those that the publisher calls itself.</summary>
    Created,

    /// <summary>All handlers are called.</summary>
    Running,

    /// <summary>Publishing from outside has ended; what is left is being handled.</summary>
    Stopping,

    /// <summary>Over: nothing is taken any more.</summary>
    Stopped,
}
