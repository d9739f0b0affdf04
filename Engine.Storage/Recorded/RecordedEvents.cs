using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Engine.Bus;
using Engine.Events;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Subscriptions;

namespace Engine.Storage.Recorded;

/// <summary>
/// Delivers frames of journals to the handlers that an engine delivers events to, with the same filters, priorities and notices of
/// losses: what a hub receives, or what a journal holds. To be filled before frames come; then thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// Handlers run on the thread that calls <see cref="Deliver(string, in JournalFrame)"/>, in order for each producer; frames of different
/// origins may be delivered in parallel. What handlers throw is counted and reported as an engine does.
/// </para>
/// <para>
/// An envelope has the producer's own sequence, and the instruction count at the frame's end. Its producer is one for each producer of
/// each origin and session: the name is <c>ORIGIN/NAME</c>, the machine's id is as its host has it. Times are not those of the host's
/// clock: events were published no later than they are delivered.
/// </para>
/// <para>
/// A frame that was delivered before, in the same session, is left out; a gap in the sequences is told as a loss. The cause of a notice
/// is <c>DropOldest</c> where a ring dropped its oldest events, and <c>DropIncoming</c> for all else; <see cref="GetCounts"/> tells them
/// apart.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class RecordedEvents : IEventSubscriptions
{
    /// <summary>Producers, of all origins together, that are kept apart at most.</summary>
    public const int MaxProducers = 65_536;

    private readonly SubscriptionContext _context;
    private readonly List<RecordedType> _types = [];
    private readonly Dictionary<Type, RecordedTopic> _topics = [];
    private readonly Dictionary<(string Origin, int ProducerId), RecordedSource> _sources = [];
    private readonly Lock _lock = new();
    private int _lastProducer;

    /// <summary>Makes a way from frames to handlers, for no event type yet.</summary>
    /// <param name="name">What it is called where errors are reported.</param>
    /// <param name="onHandlerError">Is told what handlers throw; what it throws itself is dropped.</param>
    public RecordedEvents(string name = "recorded", Action<HandlerError>? onHandlerError = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _context = new SubscriptionContext(name, onHandlerError);
    }

    /// <summary>Adds an event type.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <exception cref="ArgumentException">It was added before.</exception>
    public RecordedEvents Add<[DynamicallyAccessedMembers(EventLayout.Fields)] T>()
        where T : unmanaged, IEvent<T>
    {
        var topic = new RecordedTopic<T>(_context);
        if (!_topics.TryAdd(typeof(T), topic))
            throw new ArgumentException($"{typeof(T)} was added before.");
        _types.Add(new RecordedType<T>(topic));
        return this;
    }

    /// <summary>
    /// Adds an older version of an event type that was added: frames with its layout become the newest version, which handlers get.
    /// </summary>
    /// <typeparam name="TOlder">The older version.</typeparam>
    /// <typeparam name="T">The newest version.</typeparam>
    /// <param name="upcast">
    /// Makes the newest version of an older event: best <c>versions.GetUpcaster&lt;TOlder, T&gt;()</c>. What it throws makes that one
    /// event unreadable, which is told as a loss.
    /// </param>
    /// <exception cref="ArgumentException">The newest version was not added, the older one was, or both have the same layout.</exception>
    public RecordedEvents AddOlder<[DynamicallyAccessedMembers(EventLayout.Fields)] TOlder, T>(EventTransform<TOlder, T> upcast)
        where TOlder : unmanaged, IEvent<TOlder>
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(upcast);
        if (TOlder.EventName != T.EventName)
            throw new ArgumentException($"{typeof(TOlder)} is \"{TOlder.EventName}\", which is no version of \"{T.EventName}\".");
        var older = new OlderRecordedType<TOlder, T>(TopicOf<T>(), upcast);
        if (_types.Find(type => type.EventName == older.EventName && type.Layout == older.Layout) is { } same)
        {
            throw new ArgumentException(
                $"{typeof(TOlder)} has the layout of another version of \"{same.EventName}\", and frames tell them apart by nothing else.");
        }

        _types.Add(older);
        return this;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">What is asked for needs a machine that runs: inline delivery, boundaries, a region, no repeats.
    /// </exception>
    public Subscription Subscribe<T>(IEventHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        Check(options);
        return TopicOf<T>().Registry.AddEventHandler(handler, options);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">What is asked for needs a machine that runs: inline delivery, boundaries, a region, no repeats.
    /// </exception>
    public Subscription SubscribeBatch<T>(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        Check(options);
        return TopicOf<T>().Registry.AddBatchHandler(handler, options);
    }

    /// <inheritdoc/>
    public void VisitEventTypes(IEventTypeVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        foreach (RecordedTopic topic in _topics.Values)
            topic.Accept(visitor);
    }

    /// <summary>
    /// Delivers a frame, on the calling thread. Frames of one producer must come in the order of their journal, and come one at a time:
    /// a second call waits.
    /// </summary>
    /// <param name="origin">Where the journal is from, such as a host's name: its producers are others than those of the same name
    /// elsewhere.</param>
    /// <param name="frame">The frame.</param>
    public FrameOutcome Deliver(string origin, in JournalFrame frame)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(origin);
        FrameHeader header = frame.Header;
        if (header.Kind is not (FrameKind.Events or FrameKind.End))
            return FrameOutcome.NoEvents;
        FrameStream stream = header.Stream;
        RecordedType? named = _types.Find(type => type.DescriptorName == stream.EventType || type.EventName == stream.EventType);
        if (named is null)
            return FrameOutcome.UnknownType;
        RecordedType? type = _types.Find(type => type.Topic == named.Topic && type.Layout == stream.Layout);
        if (SourceOf(origin, stream) is not { } source)
            return FrameOutcome.TooManyProducers;
        lock (source)
        {
            if (source.Producer is null || source.Session != stream.Session)
                source.Begin(stream.Session, NewProducer(origin, stream));
            return Deliver(frame, source, type, named.Topic);
        }
    }

    /// <summary>What was counted, by event type.</summary>
    public IReadOnlyList<RecordedCount> GetCounts() =>
        [.. _topics.Values.Select(static topic => topic.Count).OrderBy(static count => count.EventType, StringComparer.Ordinal)];

    /// <summary>The name and the event types.</summary>
    public override string ToString() => $"{_context.EngineName}: {string.Join(", ", GetCounts().Select(static count => count.EventType))}";

    private static FrameOutcome Deliver(in JournalFrame frame, RecordedSource source, RecordedType? type, RecordedTopic topic)
    {
        FrameHeader header = frame.Header;
        ProducerInfo producer = source.Producer!;
        string name = header.Stream.EventType;
        long? next = source.NextOf(name);
        if (next is { } expected && header.EndSequence <= expected && header.Count > 0)
        {
            topic.CountDuplicates(header.Count);
            return FrameOutcome.Duplicate;
        }

        TellLosses(header, next, producer, topic);
        source.Move(name, Math.Max(next ?? 0, header.EndSequence));
        if (header.Count == 0)
            return FrameOutcome.NoEvents;
        int skip = (int)Math.Max(0, (next ?? 0) - header.FirstSequence);
        topic.CountDuplicates(skip);
        if (type is null)
        {
            topic.LoseUnreadable(producer, header.FirstSequence + skip, header.Count - skip);
            return FrameOutcome.UnknownLayout;
        }

        if (!topic.HasSubscriptions)
        {
            topic.CountEvents(header.Count - skip);
            return FrameOutcome.Delivered;
        }

        try
        {
            type.Deliver(frame, skip, producer);
            return FrameOutcome.Delivered;
        }
        catch (InvalidDataException)
        {
            topic.LoseUnreadable(producer, header.FirstSequence + skip, header.Count - skip);
            return FrameOutcome.Unreadable;
        }
    }

    // What is missing of the frames first, then what the host says that it lost itself. Where a stream begins nothing is known to be
    // missing.
    private static void TellLosses(FrameHeader header, long? next, ProducerInfo producer, RecordedTopic topic)
    {
        FrameLoss lost = header.LostBefore;
        long first = lost.Count > 0 ? lost.FirstSequence : header.FirstSequence;
        if (next is not { } expected)
        {
            if (lost.Count > 0)
                topic.LoseAtHost(producer, lost);
            return;
        }

        if (first > expected)
            topic.LoseWithFrames(producer, expected, first - expected);
        // A part of it may have been told with a frame that came before.
        long told = Math.Max(0, expected - lost.FirstSequence);
        if (lost.Count > told)
            topic.LoseAtHost(producer, new FrameLoss(lost.FirstSequence + told, lost.Count - told, lost.Cause));
    }

    private static void Check<T>(SubscriptionOptions<T>? options)
        where T : unmanaged, IEvent<T>
    {
        if (options is null)
            return;
        if (options.NeedsEngine)
        {
            throw new ArgumentException(
                "What was recorded runs no more: From, Until, Region and SkipsRepeats are an engine's.", nameof(options));
        }

        if (options.Delivery == Delivery.Inline)
            throw new ArgumentException("What was recorded has no publisher: Delivery must be Dispatched.", nameof(options));
    }

    private RecordedTopic<T> TopicOf<T>()
        where T : unmanaged, IEvent<T> =>
        _topics.TryGetValue(typeof(T), out RecordedTopic? topic) ? (RecordedTopic<T>)topic
            : throw new InvalidOperationException($"{typeof(T)} (\"{T.Descriptor.Name}\") was not added.");

    private RecordedSource? SourceOf(string origin, FrameStream stream)
    {
        lock (_lock)
        {
            if (_sources.TryGetValue((origin, stream.ProducerId), out RecordedSource? known))
                return known;
            if (_sources.Count >= MaxProducers)
                return null;
            return _sources[(origin, stream.ProducerId)] = new RecordedSource();
        }
    }

    private ProducerInfo NewProducer(string origin, FrameStream stream) =>
        new(Interlocked.Increment(ref _lastProducer), $"{origin}/{stream.ProducerName}", stream.VmId);
}
