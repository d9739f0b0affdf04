namespace Engine.Compatibility;

/// <summary>Handles events of the old kind. May be called from several threads at once. Becomes <c>IBusHandler&lt;T&gt;</c>.</summary>
[Obsolete(ObsoleteHints.Handler, DiagnosticId = ObsoleteHints.DiagnosticId)]
public interface IDomainEventHandler
{
    /// <summary>
    /// Handlers with a higher priority are called earlier. Read once, when the handler is subscribed. Becomes
    /// <c>BusSubscriptionOptions.Priority</c>.
    /// </summary>
    int Priority => 0;

    /// <summary>Handles one event. An exception is counted and reported by the bus; the other handlers still get the event.</summary>
    /// <param name="event">The event.</param>
    void Handle(IDomainEvent @event);
}
