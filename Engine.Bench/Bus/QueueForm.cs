namespace Engine.Bench.Bus;

/// <summary>How a bus hands queued events over.</summary>
internal enum QueueForm
{
    /// <summary>One by one, as soon as there are any.</summary>
    Async,

    /// <summary>One by one, as an asynchronous handler.</summary>
    AsyncHandler,

    /// <summary>Collected, then one by one.</summary>
    Batch,

    /// <summary>Collected, then all at once.</summary>
    BatchHandler,
}
