using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus;

/// <summary>
/// What a bus knows of an event beside its payload. Ids and times are made when somebody first asks for them, so that events
/// of which nobody needs them cost nothing for them. Valid until the handler it was given to has ended: it is used again for a later event.
/// To be used by one thread at a time; the context of an event that was queued may be read by several.
/// </summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public partial class EventContext
{
    private TopicCore _topic = null!;
    private EventContext? _parent;
    private EventDetails? _details;
    private Facts _facts;

    // Of this event only where the facts say so; otherwise of an earlier one.
    private Guid _id;
    private Guid _correlationId;
    private Guid _causationId;
    private Envelope _origin;
    private Ancestor[] _ancestors = [];
    private int _ancestorCount;

    internal EventContext()
    {
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => _topic.Descriptor;

    /// <summary>
    /// Identifies the event. Given by the publisher, or by the bus: then ids of one bus ascend in the order in which they are
    /// first asked for, or their events queued.
    /// </summary>
    public Guid Id => HasGiven(Given.Ids) && _id != Guid.Empty ? _id : _topic.Core.Ids.Of(IdNumber());

    /// <summary>
    /// Identifies the whole that the event belongs to: given by the publisher, or that of the event whose handler
    /// published this one, or this event's own id.
    /// </summary>
    public Guid CorrelationId => HasGiven(Given.Ids) && _correlationId != Guid.Empty ? _correlationId : _parent?.CorrelationId ?? Id;

    /// <summary>
    /// The id of the event that caused this one: given by the publisher, or that of the event whose handler published it; empty
    /// if there is none.
    /// </summary>
    public Guid CausationId => HasGiven(Given.Ids) && _causationId != Guid.Empty ? _causationId : _parent?.Id ?? Guid.Empty;

    /// <summary>How many handlers led to this event, those behind queues included: 0 for one published outside any handler.</summary>
    public int Depth => _facts.Depth;

    /// <summary>
    /// How often the handler has been called for this event, this call included: 1 unless it is a retry, or delivered again.
    /// </summary>
    public int Attempt
    {
        get => EarlierAttempts + field;
        internal set;
    } = 1;

    /// <summary>Who published the event: the producer of an attached engine, or the bus.</summary>
    public ProducerInfo Producer => HasGiven(Given.Origin) ? _origin.Producer : _topic.Core.Producer;

    /// <summary>For an event of an attached engine its sequence in the lane; otherwise 0.</summary>
    public long Sequence => HasGiven(Given.Origin) ? _origin.Sequence : 0;

    /// <summary>For an event of an attached engine the instruction count of its envelope; otherwise 0.</summary>
    public long InstructionCount => HasGiven(Given.Origin) ? _origin.InstructionCount : 0;

    /// <summary>
    /// When the event was published on the bus, in UTC: when it was first queued, or else when it is first asked for. The same for
    /// all subscriptions.
    /// </summary>
    public DateTimeOffset PublishedAt
    {
        get
        {
            if (_facts.PublishedAt == 0)
                _facts.PublishedAt = _topic.Core.ToUtcTicks(_topic.Core.TimeProvider.GetTimestamp());
            return new DateTimeOffset(_facts.PublishedAt, TimeSpan.Zero);
        }
    }

    /// <summary>Whether the event was published before and comes from a record of it. Not inherited by what handlers publish.</summary>
    public bool IsReplay => HasGiven(Given.Replay);

    /// <summary>Who published the event: as the publisher says, or the bus's name.</summary>
    public string Source => _details?.Source ?? _topic.Core.Name;

    /// <summary>What the event is about, as the publisher says; null if nothing in particular.</summary>
    public string? Key => _details?.Key;

    /// <summary>When the event happened: as the publisher says, or <see cref="PublishedAt"/>.</summary>
    public DateTimeOffset OccurredAt => _details?.OccurredAt ?? PublishedAt;

    /// <summary>Small texts that the publisher gave the event; empty if none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => (_details ?? NoDetails).Metadata;

    /// <summary>What the publisher said of the event; null if nothing.</summary>
    internal EventDetails? Details => _details;

    /// <summary>
    /// The ids and the time of publication of a copy. Unlike the properties this never makes one, so that who reads a copy that is just
    /// being used again changes nothing.
    /// </summary>
    internal (Guid Id, Guid CorrelationId, Guid CausationId, DateTimeOffset PublishedAt) Known
    {
        get
        {
            Guid id = KnownId;
            bool isGiven = HasGiven(Given.Ids);
            return (
                id,
                isGiven && _correlationId != Guid.Empty ? _correlationId : id,
                isGiven ? _causationId : Guid.Empty,
                new DateTimeOffset(_facts.PublishedAt, TimeSpan.Zero));
        }
    }

    /// <summary>What the parts of its bus share.</summary>
    internal BusCore Bus => _topic.Core;

    /// <summary>Whether it was published inside a handler; such a publisher must not wait, it might wait for itself.</summary>
    internal bool IsFromHandler => _facts.IsFromHandler;

    /// <summary>How many handlers this one runs inside of, on the same thread.</summary>
    internal int Nesting => _facts.Nesting;

    /// <summary>Attempts that were made before the event was delivered to this bus again.</summary>
    internal int EarlierAttempts { get; set; }

    /// <summary>The worst that became of the event at any of its subscriptions.</summary>
    internal PublishOutcome Outcome
    {
        get => _facts.Outcome;
        set => _facts.Outcome = value;
    }

    /// <summary>Where the publisher waits for room without a thread; null if it waits on its thread.</summary>
    internal PublishWait? Waits { get; set; }

    /// <summary>What a publisher said that said nothing.</summary>
    internal static EventDetails NoDetails { get; } = new();

    /// <summary>What the debugger shows: nothing that asking for would make.</summary>
    private string DebuggerDisplay => _topic is null
        ? "no event"
        : $"{EventType.Name}, {(KnownId is var id && id == Guid.Empty ? "no id yet" : id)}, depth {Depth}, attempt {Attempt}";

    /// <summary>Tells the publisher what became of the event at one subscription, unless it was worse at another.</summary>
    internal void Record(PublishOutcome outcome) => _facts.Outcome = PublishSeverity.Worse(_facts.Outcome, outcome);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Begin(TopicCore topic, EventContext? parent)
    {
        // Both are mostly what they were, and a comparison costs less than the garbage collector's write barrier.
        if (_topic != topic)
            _topic = topic;
        if (_parent != parent)
            _parent = parent;
        _facts = default;
        if (parent is not null)
        {
            _facts.Depth = parent._facts.Depth + 1;
            _facts.Nesting = parent._facts.Nesting + 1;
            _facts.IsFromHandler = true;
        }
    }

    /// <summary>As <see cref="Begin"/> without a parent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginOutermost(TopicCore topic)
    {
        if (_topic != topic)
            _topic = topic;
        _parent = null;
        _facts = default;
    }

    internal void Adopt(in EventIds given)
    {
        _facts.Given |= given.IsReplay ? Given.Ids | Given.Replay : Given.Ids;
        _id = given.Id;
        _correlationId = given.CorrelationId;
        _causationId = given.CausationId;
        _facts.Depth = Math.Max(_facts.Depth, given.Depth);
        _details = given.Details;
    }

    internal void Adopt(in Envelope origin)
    {
        _origin = origin;
        _facts.Given |= Given.Origin;
    }

    /// <summary>Leaves nothing behind of what publishers give few events, so that others need not clear it.</summary>
    internal void ForgetGiven() => _details = null;

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
    internal Envelope ToEnvelope() => HasGiven(Given.Origin) ? _origin : new(EventType, _topic.Core.Producer, 0, 0, 0, 0, isInline: true);

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
    private Guid KnownId => HasGiven(Given.Ids) && _id != Guid.Empty ? _id
        : _facts.IdNumber != 0 ? _topic.Core.Ids.Of(_facts.IdNumber)
        : Guid.Empty;

    private bool HasGiven(Given what) => (_facts.Given & what) != 0;

    private long IdNumber()
    {
        if (_facts.IdNumber == 0)
            _facts.IdNumber = _topic.Core.Ids.Reserve();
        return _facts.IdNumber;
    }

    [Flags]
    private enum Given : byte
    {
        None = 0,
        Ids = 1,
        Origin = 2,
        Replay = 4,
    }

    // All that is set back for each event, in one piece, so that it is one store.
    private struct Facts
    {
        /// <summary>The number reserved for the id; 0 if none yet.</summary>
        public long IdNumber;

        /// <summary>Ticks of UTC; 0 if nobody has asked yet.</summary>
        public long PublishedAt;
        public int Depth;
        public int Nesting;
        public bool IsFromHandler;
        public Given Given;
        public PublishOutcome Outcome;
    }

    private readonly record struct Ancestor(Guid Id, EventDescriptor EventType);
}
