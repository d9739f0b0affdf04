namespace Engine.Compatibility;

/// <summary>What an old handler gets for an event of the new kind that has the name it subscribed to.</summary>
/// <typeparam name="T">The event type.</typeparam>
[Obsolete(ObsoleteHints.Bridge, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class TypedDomainEvent<T> : IDomainEvent
{
    internal TypedDomainEvent(T payload, string eventType, DateTimeOffset occurredAt)
    {
        Payload = payload;
        EventType = eventType;
        OccurredAt = occurredAt;
    }

    /// <summary>The event.</summary>
    public T Payload { get; }

    /// <inheritdoc/>
    public string EventType { get; }

    /// <summary>When it reached the handler: events of the new kind carry no time of their own.</summary>
    public DateTimeOffset OccurredAt { get; }

    /// <summary>Null.</summary>
    public string? AggregateId => null;
}
