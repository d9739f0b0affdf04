namespace Engine.Hosting;

/// <summary>Where an engine is in its life. It only moves forward.</summary>
public enum EngineState
{
    /// <summary>Built. Events can be published and are buffered; nothing is dispatched.</summary>
    Created,

    /// <summary>Dispatching.</summary>
    Running,

    /// <summary>Publishing has ended; what is left is being dispatched.</summary>
    Stopping,

    /// <summary>Over.</summary>
    Stopped,
}
