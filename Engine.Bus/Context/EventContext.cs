using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus;

/// <summary>
/// What a bus knows of an event beside its payload. Ids are made when somebody first asks for them, so that events whose
/// ids nobody needs cost nothing for them. Valid until the handler it was given to has ended: it is used again for a later event.
/// To be used by one thread at a time.
/// </summary>
public sealed class EventContext
{
    private TopicCore _topic = null!;
    private EventContext? _parent;
    private Guid _id;
    private Guid _correlationId;
    private Guid _causationId;
    private Envelope _origin;

    // What of the fields above belongs to this event and not to an earlier one.
    private bool _hasIds;
    private bool _hasOrigin;
    private Ancestor[] _ancestors = [];
    private int _ancestorCount;

    internal EventContext()
    {
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => _topic.Descriptor;

    /// <summary>Identifies the event. Given by the publisher, or by the bus: then ids of one bus ascend in the order in which they are first asked for.</summary>
    public Guid Id
    {
        get
        {
            BeginIds();
            if (_id == Guid.Empty)
                _id = _topic.Core.Ids.Next();
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
            BeginIds();
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
            BeginIds();
            if (_causationId == Guid.Empty && _parent is not null)
                _causationId = _parent.Id;
            return _causationId;
        }
    }

    /// <summary>How many handlers led to this event, those behind queues included: 0 for one published outside any handler.</summary>
    public int Depth { get; private set; }

    /// <summary>How often the handler has been called for this event, this call included: 1 unless it is a retry.</summary>
    public int Attempt { get; internal set; } = 1;

    /// <summary>Whether the event is delivered again from history, not published now.</summary>
    public bool IsReplay { get; internal set; }

    /// <summary>Who published the event: the producer of an attached engine, or the bus.</summary>
    public ProducerInfo Producer => _hasOrigin ? _origin.Producer : _topic.Core.Producer;

    /// <summary>For an event of an attached engine its sequence in the lane; otherwise 0.</summary>
    public long Sequence => _hasOrigin ? _origin.Sequence : 0;

    /// <summary>For an event of an attached engine the instruction count of its envelope; otherwise 0.</summary>
    public long InstructionCount => _hasOrigin ? _origin.InstructionCount : 0;

    /// <summary>Whether it was published inside a handler; such a publisher must not wait, it might wait for itself.</summary>
    internal bool IsFromHandler { get; private set; }

    /// <summary>How many handlers this one runs inside of, on the same thread.</summary>
    internal int Nesting { get; private set; }

    /// <summary>The worst that became of the event at any of its subscriptions.</summary>
    internal PublishOutcome Outcome { get; set; }

    /// <summary>Where the publisher waits for room without a thread; null if it waits on its thread.</summary>
    internal PublishWait? Waits { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Begin(TopicCore topic, EventContext? parent)
    {
        // Both are mostly what they were, and a comparison costs less than the garbage collector's write barrier.
        if (_topic != topic)
            _topic = topic;
        if (_parent != parent)
            _parent = parent;
        _hasIds = false;
        _hasOrigin = false;
        Outcome = PublishOutcome.Published;
        IsFromHandler = parent is not null;
        IsReplay = false;
        if (parent is null)
        {
            Depth = 0;
            Nesting = 0;
        }
        else
        {
            Depth = parent.Depth + 1;
            Nesting = parent.Nesting + 1;
        }
    }

    internal void Adopt(in EventIds given)
    {
        _hasIds = true;
        _id = given.Id;
        _correlationId = given.CorrelationId;
        _causationId = given.CausationId;
        Depth = Math.Max(Depth, given.Depth);
    }

    internal void Adopt(in Envelope origin)
    {
        _origin = origin;
        _hasOrigin = true;
    }

    /// <summary>
    /// Becomes a copy of a publisher's context that outlives it. All ids are made now: several handlers may read them
    /// at the same time, and each subscription must see the same ones.
    /// </summary>
    internal void CopyFrom(EventContext source)
    {
        _topic = source._topic;
        _parent = null;
        _hasIds = true;
        _id = source.Id;
        _correlationId = source.CorrelationId;
        _causationId = source.CausationId;
        _hasOrigin = source._hasOrigin;
        if (_hasOrigin)
            _origin = source._origin;
        Depth = source.Depth;
        IsFromHandler = source.IsFromHandler;
        IsReplay = source.IsReplay;
        Nesting = 0;
        Attempt = 1;
        _ancestorCount = 0;
        foreach (ref readonly Ancestor earlier in source._ancestors.AsSpan(0, source._ancestorCount))
            Add(earlier);
        for (EventContext? ancestor = source._parent; ancestor is not null; ancestor = ancestor._parent)
        {
            Add(new Ancestor(ancestor.KnownId, ancestor.EventType));
            foreach (ref readonly Ancestor earlier in ancestor._ancestors.AsSpan(0, ancestor._ancestorCount))
                Add(earlier);
        }
    }

    /// <summary>
    /// Makes a context that has begun that of an event that stands for another: beside it, not below it, so that the same id
    /// is no loop and costs no level. To be ended with <see cref="EndInPlaceOf"/>.
    /// </summary>
    internal void StandFor(EventContext original)
    {
        _parent = original._parent;
        Adopt(new EventIds { Id = original.Id, CorrelationId = original.CorrelationId, CausationId = original.CausationId });
        if (original._hasOrigin)
            Adopt(original._origin.As(EventType));
        // As the original has them: on the pool there is no parent to count from, but the ancestors are known.
        Depth = original.Depth;
        IsFromHandler = original.IsFromHandler;
        IsReplay = original.IsReplay;
        Nesting = original.Nesting;
        Waits = original.Waits;
        foreach (ref readonly Ancestor ancestor in original._ancestors.AsSpan(0, original._ancestorCount))
            Add(ancestor);
    }

    /// <summary>Tells the publisher of the original what became of this one, and leaves nothing behind for later events.</summary>
    internal void EndInPlaceOf(EventContext original)
    {
        if (Outcome > original.Outcome)
            original.Outcome = Outcome;
        Waits = null;
        _ancestorCount = 0;
    }

    /// <summary>Becomes the context of a batch: with an id of its own, as deep as its deepest event.</summary>
    internal void BeginBatch(EventContext first, int depth)
    {
        Begin(first._topic, parent: null);
        Depth = depth;
        _hasIds = true;
        _id = _correlationId = _topic.Core.Ids.Next();
        _causationId = Guid.Empty;
        _ancestorCount = 0;
    }

    /// <summary>Whether the handler of this event, or one that it runs inside of, belongs to a bus.</summary>
    internal bool LeadsBackTo(BusCore bus)
    {
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            if (context._topic.Core == bus)
                return true;
        }

        return false;
    }

    /// <summary>What filters look at beside the payload.</summary>
    internal Envelope ToEnvelope() => _hasOrigin ? _origin : new(EventType, _topic.Core.Producer, 0, 0, 0, 0, isInline: true);

    /// <summary>Whether this event or one that led to it has the id.</summary>
    internal bool DescendsFrom(Guid id)
    {
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            if (context.KnownId == id)
                return true;
            foreach (ref readonly Ancestor ancestor in context._ancestors.AsSpan(0, context._ancestorCount))
            {
                if (ancestor.Id == id)
                    return true;
            }
        }

        return false;
    }

    /// <summary>The event types that led here, outermost first.</summary>
    internal string Path()
    {
        var names = new List<string>();
        for (EventContext? context = this; context is not null; context = context._parent)
        {
            names.Add(context.EventType.Name);
            foreach (ref readonly Ancestor ancestor in context._ancestors.AsSpan(0, context._ancestorCount))
                names.Add(ancestor.EventType.Name);
        }

        names.Reverse();
        return string.Join(" -> ", names);
    }

    // The id, if there is one yet.
    private Guid KnownId => _hasIds ? _id : Guid.Empty;

    private void BeginIds()
    {
        if (_hasIds)
            return;
        _hasIds = true;
        _id = _correlationId = _causationId = Guid.Empty;
    }

    private void Add(in Ancestor ancestor)
    {
        if (_ancestorCount == _ancestors.Length)
            Array.Resize(ref _ancestors, Math.Max(4, 2 * _ancestors.Length));
        _ancestors[_ancestorCount++] = ancestor;
    }

    private readonly record struct Ancestor(Guid Id, EventDescriptor EventType);
}
