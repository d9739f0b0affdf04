namespace Engine.Bus;

/// <summary>
/// What a publisher gives an event beside its payload: ids, and what else is to be known of it. What is left empty, the bus fills
/// in; see <see cref="EventContext"/>. Immutable and thread-safe.
/// </summary>
public readonly record struct EventIds
{
    /// <summary>Identifies the event; the same event published again has the same id.</summary>
    public Guid Id { get; init; }

    /// <summary>Identifies the whole that the event belongs to, such as one request.</summary>
    public Guid CorrelationId { get; init; }

    /// <summary>The id of the event that caused this one.</summary>
    public Guid CausationId { get; init; }

    /// <summary>Source, key, time and metadata; null if there is nothing to say. May be used for any number of events.</summary>
    public EventDetails? Details { get; init; }

    /// <summary>
    /// Whether the event was published before and comes from a record of it, so that handlers with effects outside can leave
    /// them out.
    /// </summary>
    public bool IsReplay { get; init; }

    /// <summary>How deep the event is at least: one below what caused it. 0 when the publisher does not know.</summary>
    internal int Depth { get; init; }
}
