namespace Engine.Bus.Idempotency;

/// <summary>What is handled once: an event, by one subscription.</summary>
/// <param name="Subscription">A name of the subscription that stays the same over restarts.</param>
/// <param name="EventId">The event's id.</param>
public readonly record struct IdempotencyKey(string Subscription, Guid EventId);
