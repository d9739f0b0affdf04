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
    private EventParticulars? _particulars;
    private EventFacts _facts;

    internal EventContext()
    {
    }

    /// <summary>The event type.</summary>
    public EventDescriptor EventType => _topic.Descriptor;

    /// <summary>
    /// Identifies the event. Given by the publisher, or by the bus: then ids of one bus ascend in the order in which they are
    /// first asked for, or their events queued.
    /// </summary>
    public Guid Id => WithGiven(Given.Ids)?.Id is { } id && id != Guid.Empty ? id : _topic.Core.Ids.Of(IdNumber());

    /// <summary>
    /// Identifies the whole that the event belongs to: given by the publisher, or that of the event whose handler
    /// published this one, or this event's own id.
    /// </summary>
    public Guid CorrelationId =>
        WithGiven(Given.Ids)?.CorrelationId is { } id && id != Guid.Empty ? id : _parent?.CorrelationId ?? Id;

    /// <summary>
    /// The id of the event that caused this one: given by the publisher, or that of the event whose handler published it; empty
    /// if there is none.
    /// </summary>
    public Guid CausationId =>
        WithGiven(Given.Ids)?.CausationId is { } id && id != Guid.Empty ? id : _parent?.Id ?? Guid.Empty;

    /// <summary>How many handlers led to this event, those behind queues included: 0 for one published outside any handler.</summary>
    public int Depth => _facts.Depth;

    /// <summary>
    /// How often the handler has been called for this event, this call included: 1 unless it is a retry, or delivered again.
    /// </summary>
    public int Attempt => 1 + _facts.Retries + (WithGiven(Given.Attempts)?.EarlierAttempts ?? 0);

    /// <summary>Who published the event: the producer of an attached engine, or the bus.</summary>
    public ProducerInfo Producer => WithGiven(Given.Origin)?.Origin.Producer ?? OwnProducer;

    /// <summary>For an event of an attached engine its sequence in the lane; otherwise 0.</summary>
    public long Sequence => WithGiven(Given.Origin)?.Origin.Sequence ?? 0;

    /// <summary>For an event of an attached engine the instruction count of its envelope; otherwise 0.</summary>
    public long InstructionCount => WithGiven(Given.Origin)?.Origin.InstructionCount ?? 0;

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
    public string Source => Details?.Source ?? _topic.Core.Name;

    /// <summary>What the event is about, as the publisher says; null if nothing in particular.</summary>
    public string? Key => Details?.Key;

    /// <summary>How soon handlers behind queues get the event, as the publisher says.</summary>
    public DispatchPriority Priority => Details?.Priority ?? DispatchPriority.Normal;

    /// <summary>When the event happened: as the publisher says, or <see cref="PublishedAt"/>.</summary>
    public DateTimeOffset OccurredAt => Details?.OccurredAt ?? PublishedAt;

    /// <summary>Small texts that the publisher gave the event; empty if none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => (Details ?? NoDetails).Metadata;

    /// <summary>What the publisher said of the event; null if nothing.</summary>
    internal EventDetails? Details => WithGiven(Given.Ids)?.Details;

    /// <summary>
    /// The ids and the time of publication of a copy. Unlike the properties this never makes one, so that who reads a copy that is just
    /// being used again changes nothing.
    /// </summary>
    internal (Guid Id, Guid CorrelationId, Guid CausationId, DateTimeOffset PublishedAt) Known
    {
        get
        {
            Guid id = KnownId;
            EventParticulars? given = WithGiven(Given.Ids);
            return (
                id,
                given is not null && given.CorrelationId != Guid.Empty ? given.CorrelationId : id,
                given?.CausationId ?? Guid.Empty,
                new DateTimeOffset(_facts.PublishedAt, TimeSpan.Zero));
        }
    }

    /// <summary>What the parts of its bus share.</summary>
    internal BusCore Bus => _topic.Core;

    /// <summary>Whether it was published inside a handler; such a publisher must not wait, it might wait for itself.</summary>
    internal bool IsFromHandler => _facts.IsFromHandler;

    /// <summary>How many handlers this one runs inside of, on the same thread.</summary>
    internal int Nesting => _facts.Nesting;

    /// <summary>The worst that became of the event at any of its subscriptions.</summary>
    internal PublishOutcome Outcome => _facts.Outcome;

    /// <summary>Where the publisher waits for room without a thread; null if it waits on its thread.</summary>
    internal PublishWait? Waits => WithGiven(Given.Waits)?.Waits;

    /// <summary>What its first try on the publisher's thread threw; null if there was none.</summary>
    internal Exception? FirstFailure => WithGiven(Given.Failure)?.FirstFailure;

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

    /// <summary>
    /// Becomes a copy of a publisher's context that outlives it. Number and time are settled now: several handlers may read the copy
    /// at the same time, and each subscription must see the same ones.
    /// </summary>
    /// <param name="source">The publisher's context.</param>
    /// <param name="timestamp">The time, in timestamps of the bus's clock: that of publication unless there is one already.</param>
    internal void CopyFrom(EventContext source, long timestamp)
    {
        long publishedAt = source._facts.PublishedAt;
        if (publishedAt == 0)
            source._facts.PublishedAt = publishedAt = source._topic.Core.ToUtcTicks(timestamp);
        Given given = source._facts.Given;
        long number = source._facts.IdNumber;
        if (number == 0 && (!source.HasGiven(Given.Ids) || source._particulars!.Id == Guid.Empty))
            number = source.IdNumber();
        // Stored whatever stands there: to look first would wait for a cache line that another thread has read last.
        _topic = source._topic;
        _parent = null;
        // One by one: reading them in one piece would wait for the stores before it.
        _facts.IdNumber = number;
        _facts.PublishedAt = publishedAt;
        _facts.Depth = source._facts.Depth;
        _facts.Nesting = 0;
        _facts.Retries = 0;
        _facts.IsFromHandler = source._facts.IsFromHandler;
        _facts.Given = Given.None;
        _facts.Outcome = PublishOutcome.Published;
        if (source._parent is not null || given != Given.None)
            CopyParticulars(source);
    }

    internal void Adopt(in EventIds given)
    {
        EventParticulars particulars = Give(given.IsReplay ? Given.Ids | Given.Replay : Given.Ids);
        particulars.Id = given.Id;
        particulars.CorrelationId = given.CorrelationId;
        particulars.CausationId = given.CausationId;
        particulars.Details = given.Details;
        _facts.Depth = Math.Max(_facts.Depth, given.Depth);
    }

    internal void Adopt(in Envelope origin) => Give(Given.Origin).Origin = origin;

    /// <summary>The publisher waits for room without a thread.</summary>
    internal void Adopt(PublishWait waits) => Give(Given.Waits).Waits = waits;

    /// <summary>The event was tried before it was delivered to this bus again.</summary>
    internal void AdoptAttempts(int earlier) => Give(Given.Attempts).EarlierAttempts = earlier;

    /// <summary>A first try on the publisher's thread has failed.</summary>
    internal void Adopt(Exception firstFailure) => Give(Given.Failure).FirstFailure = firstFailure;

    /// <summary>The handler is about to be called, for the first time or again.</summary>
    /// <param name="number">How many times it has been called, this time included.</param>
    internal void BeginAttempt(int number)
    {
        // Mostly it is what the publisher has written.
        if (_facts.Retries != number - 1)
            _facts.Retries = number - 1;
    }

    /// <summary>Keeps nothing alive that the publisher has given.</summary>
    internal void ForgetGiven()
    {
        if ((_facts.Given & (Given.Ids | Given.Waits | Given.Failure)) != 0)
            _particulars?.Forget();
    }

    /// <summary>What filters look at beside the payload.</summary>
    internal Envelope ToEnvelope() => HasGiven(Given.Origin | Given.Ids)
        ? WithGiven(Given.Origin)?.Origin ?? new(EventType, OwnProducer, 0, 0, 0, 0, isInline: true)
        : new(EventType, _topic.Core.Producer, 0, 0, 0, 0, isInline: true);

    // The id, if there is one yet.
    private Guid KnownId => WithGiven(Given.Ids)?.Id is { } id && id != Guid.Empty ? id
        : _facts.IdNumber != 0 ? _topic.Core.Ids.Of(_facts.IdNumber)
        : Guid.Empty;

    // The bus, and of another machine where the publisher says so.
    private ProducerInfo OwnProducer => Details?.VmId is { } vmId ? _topic.Core.ProducerOf(vmId) : _topic.Core.Producer;

    private bool HasGiven(Given what) => (_facts.Given & what) != 0;

    // Null too for one who reads a context that is just being used again.
    private EventParticulars? WithGiven(Given what) => HasGiven(what) ? _particulars : null;

    private EventParticulars Give(Given what)
    {
        _facts.Given |= what;
        return _particulars ??= new EventParticulars();
    }

    private long IdNumber()
    {
        if (_facts.IdNumber == 0)
            _facts.IdNumber = _topic.Core.Ids.Reserve();
        return _facts.IdNumber;
    }
}
