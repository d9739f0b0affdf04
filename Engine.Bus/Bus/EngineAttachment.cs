using Engine.Events;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>An engine whose events go through a bus too. All members are thread-safe.</summary>
public sealed class EngineAttachment : IEventTypeVisitor, IDisposable
{
    private readonly EventBus _bus;
    private readonly IEventSubscriptions _engine;
    private readonly Predicate<EventDescriptor> _isWanted;
    private readonly List<EngineBridge> _bridges = [];
    private bool _isDisposed;

    internal EngineAttachment(EventBus bus, IEventSubscriptions engine, Predicate<EventDescriptor> isWanted)
    {
        _bus = bus;
        _engine = engine;
        _isWanted = isWanted;
        engine.VisitEventTypes(this);
    }

    /// <summary>Events that the bus took from the engine.</summary>
    public long EventCount => _bridges.Sum(static bridge => bridge.EventCount);

    /// <summary>Events that the engine had dropped before the bus saw them.</summary>
    public long LostEventCount => _bridges.Sum(static bridge => bridge.LostEventCount);

    /// <summary>The name of an event type that both carry from the same engine; null if there is none.</summary>
    internal string? SharedWith(EngineAttachment other) => _engine != other._engine
        ? null
        : EventNames.Intersect(other.EventNames).FirstOrDefault();

    private IEnumerable<string> EventNames => _bridges.Select(static bridge => bridge.EventName);

    /// <summary>
    /// Ends the attachment. When it returns on a thread that is not inside a handler, no event of the engine is on its way to
    /// the bus.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        _bus.Remove(this);
        Reconcile();
    }

    void IEventTypeVisitor.Visit<T>()
    {
        if (_isWanted(T.Descriptor))
            _bridges.Add(new EngineBridge<T>(_bus.TopicOf<T>(), _engine));
    }

    /// <summary>Subscribes to what somebody on the bus wants, and ends the subscriptions to what nobody wants any more.</summary>
    internal void Reconcile()
    {
        foreach (EngineBridge bridge in _bridges)
            bridge.Reconcile(ref _isDisposed);
    }
}
