namespace Engine.Compatibility;

/// <summary>
/// Decides which events of the old kind a handler gets. May be called from several threads at once. Becomes
/// <c>EventFilter&lt;T&gt;</c>.
/// </summary>
[Obsolete(ObsoleteHints.Filter, DiagnosticId = ObsoleteHints.DiagnosticId)]
public interface IDomainEventFilter
{
    /// <summary>Whether the handler gets the event. One that throws lets it not pass, and is counted as a handler error.</summary>
    /// <param name="event">The event.</param>
    bool Matches(IDomainEvent @event);
}
