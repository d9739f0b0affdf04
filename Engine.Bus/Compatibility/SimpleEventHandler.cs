namespace Engine.Compatibility;

/// <summary>A handler made of a delegate. Becomes a lambda of type <c>BusAction&lt;T&gt;</c>.</summary>
[Obsolete(ObsoleteHints.Handler, DiagnosticId = ObsoleteHints.DiagnosticId)]
public sealed class SimpleEventHandler : IDomainEventHandler
{
    private readonly Action<IDomainEvent> _handle;

    /// <summary>Makes a handler.</summary>
    /// <param name="handle">Called with each event; failure is an exception.</param>
    /// <param name="priority">Handlers with a higher priority are called earlier.</param>
    public SimpleEventHandler(Action<IDomainEvent> handle, int priority = 0)
    {
        ArgumentNullException.ThrowIfNull(handle);
        _handle = handle;
        Priority = priority;
    }

    /// <inheritdoc/>
    public int Priority { get; }

    /// <inheritdoc/>
    public void Handle(IDomainEvent @event) => _handle(@event);
}
