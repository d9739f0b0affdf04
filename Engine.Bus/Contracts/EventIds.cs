namespace Engine.Bus;

/// <summary>Ids that a publisher gives an event. What is left empty, the bus fills in; see <see cref="EventContext"/>.</summary>
public readonly record struct EventIds
{
    /// <summary>Identifies the event; the same event published again has the same id.</summary>
    public Guid Id { get; init; }

    /// <summary>Identifies the whole that the event belongs to, such as one request.</summary>
    public Guid CorrelationId { get; init; }

    /// <summary>The id of the event that caused this one.</summary>
    public Guid CausationId { get; init; }

    /// <summary>How deep the event is at least: one below what caused it. 0 when the publisher does not know.</summary>
    internal int Depth { get; init; }
}
