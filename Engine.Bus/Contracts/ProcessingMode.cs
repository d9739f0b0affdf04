namespace Engine.Bus;

/// <summary>Where and how a subscription's handler runs.</summary>
public enum ProcessingMode
{
    /// <summary>On the publisher's thread, before publishing returns. For handlers that are short.</summary>
    Sync,

    /// <summary>On the thread pool, event by event, from a bounded queue. For handlers that take long or wait.</summary>
    Async,

    /// <summary>On the thread pool, a batch at a time, from a bounded queue. For many events whose handling shares work.</summary>
    Batch,

    /// <summary>
    /// One of the other three, chosen from the measured cost of the handler and the rate of events, and chosen anew when they
    /// change. For a handler that returns a task one of the other two, chosen from the rate of events.
    /// </summary>
    Adaptive,
}
