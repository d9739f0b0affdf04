namespace Engine.Compatibility;

/// <summary>
/// An event of the old kind: a name and no type that the bus knows. A class may implement this and
/// <c>IEvent&lt;T&gt;</c> at the same time: then both kinds of handlers get it.
/// </summary>
[Obsolete(ObsoleteHints.Event, DiagnosticId = ObsoleteHints.DiagnosticId)]
public interface IDomainEvent
{
    /// <summary>The name by which handlers subscribe, such as <c>memory.allocated</c>. Becomes <c>EventDescriptor.Name</c>.</summary>
    string EventType { get; }

    /// <summary>When it happened.</summary>
    DateTimeOffset OccurredAt { get; }

    /// <summary>What it happened to: in events of a VM, the VM's id. Null where there is none.</summary>
    string? AggregateId { get; }
}
