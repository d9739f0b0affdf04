namespace Engine.Publish;

/// <summary>
/// What became of a published event, as far as the publisher can know. In ascending order of severity: where one publish reaches
/// several places, the publisher is told the worst.
/// </summary>
public enum PublishOutcome
{
    /// <summary>The event was accepted. (Under <c>DropOldest</c> it may still be overwritten; subscribers are then told.)</summary>
    Published,

    /// <summary>Nobody is subscribed, so nothing was done and nothing counted.</summary>
    NotSubscribed,

    /// <summary>The ring was full and the event was dropped, as <c>DropIncoming</c> says; it counts as published and lost.</summary>
    Dropped,

    /// <summary>The ring was full and the event was refused (<c>Fail</c>, or <c>TryPublish</c>); it counts as rejected.</summary>
    Rejected,

    /// <summary>
    /// The ring was full, and the call came from a dispatched handler. Waiting there could wait for itself, so under
    /// <c>Wait</c> the event is refused and counts as rejected.
    /// </summary>
    RejectedInHandler,

    /// <summary>
    /// The claim had been published before, or its lane has been used since, so that its slots are other events' now. Its events
    /// were refused and count as rejected.
    /// </summary>
    Stale,

    /// <summary>
    /// An inline handler has asked the publisher to stop, by <see cref="Events.Envelope.RequestStop"/>. All handlers were called; what
    /// became of the event in the ring, where it went into one as well, is in the lane's ledger.
    /// </summary>
    StopRequested,

    /// <summary>
    /// Nobody takes the event any more, whoever is subscribed: the engine or the bus is stopped, or the lane's producer disposed. A
    /// bus that is stopping still takes what its handlers publish. Nothing was done and nothing counted.
    /// </summary>
    Stopped,
}
