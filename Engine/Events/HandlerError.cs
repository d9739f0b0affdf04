namespace Engine.Events;

/// <summary>A handler, a filter or a loss callback threw.</summary>
/// <param name="SubscriptionId">Id of the subscription.</param>
/// <param name="SubscriptionName">Its name.</param>
/// <param name="EventType">The event type.</param>
/// <param name="Producer">Who published the event.</param>
/// <param name="FirstSequence">Sequence of the event; for a batch handler, of the first event of the batch it was called with.</param>
/// <param name="LastSequence">The same for the last event.</param>
/// <param name="Exception">What was thrown.</param>
public readonly record struct HandlerError(
    long SubscriptionId,
    string SubscriptionName,
    EventDescriptor EventType,
    ProducerInfo Producer,
    long FirstSequence,
    long LastSequence,
    Exception Exception);
