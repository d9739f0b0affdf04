using Engine.Events;

namespace Engine.Bus;

/// <summary>
/// What a bus knows of an event beside its payload. Ids are made when somebody first asks for them, so that events whose
/// ids nobody needs cost nothing for them. Valid until the handler it was given to has ended: it is used again for a later event.
/// To be used by one thread at a time.
/// </summary>
public sealed class EventContext
{
    private EventBus _bus = null!;
    private EventContext? _parent;
    private Guid _id;
    private Guid _correlationId;
    private Guid _causationId;

    internal EventContext()
    {
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType { get; private set; } = null!;

    /// <summary>Identifies the event. Given by the publisher, or by the bus: then ids of one bus ascend in the order in which they are first asked for.</summary>
    public Guid Id
    {
        get
        {
            if (_id == Guid.Empty)
                _id = _bus.Ids.Next();
            return _id;
        }
    }

    /// <summary>
    /// Identifies the whole that the event belongs to: given by the publisher, or that of the event whose handler
    /// published this one, or this event's own id.
    /// </summary>
    public Guid CorrelationId
    {
        get
        {
            if (_correlationId == Guid.Empty)
                _correlationId = _parent?.CorrelationId ?? Id;
            return _correlationId;
        }
    }

    /// <summary>The id of the event that caused this one: given by the publisher, or that of the event whose handler published it; empty if there is none.</summary>
    public Guid CausationId
    {
        get
        {
            if (_causationId == Guid.Empty && _parent is not null)
                _causationId = _parent.Id;
            return _causationId;
        }
    }

    /// <summary>How many handlers of the bus led to this event: 0 for one published outside any handler.</summary>
    public int Depth { get; private set; }

    internal void Begin(EventBus bus, EventDescriptor eventType, EventContext? parent)
    {
        _bus = bus;
        EventType = eventType;
        _parent = parent;
        _id = _correlationId = _causationId = Guid.Empty;
        Depth = parent is null ? 0 : parent.Depth + 1;
    }

    internal void Adopt(in EventIds given)
    {
        _id = given.Id;
        _correlationId = given.CorrelationId;
        _causationId = given.CausationId;
    }

    /// <summary>The context of the event whose handler published this one.</summary>
    internal EventContext? Parent => _parent;

    /// <summary>What filters look at beside the payload.</summary>
    internal Envelope ToEnvelope() => new(EventType, _bus.Producer, 0, 0, 0, 0, isInline: true);

    /// <summary>Whether this event or one that led to it has the id.</summary>
    internal bool DescendsFrom(Guid id)
    {
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            if (context._id == id)
                return true;
        }

        return false;
    }

    /// <summary>The event types that led here, outermost first.</summary>
    internal string Path() => _parent is null ? EventType.Name : $"{_parent.Path()} -> {EventType.Name}";
}
