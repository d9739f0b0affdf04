namespace Engine.Bus.Queues;

/// <summary>How a handler is called.</summary>
internal enum HandlerKind
{
    /// <summary>Returns when it is done.</summary>
    Sync,

    /// <summary>Returns a task.</summary>
    Async,

    /// <summary>Takes batches and returns a task.</summary>
    Batch,
}
