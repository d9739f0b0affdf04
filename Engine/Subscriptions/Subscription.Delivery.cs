using System.Runtime.CompilerServices;
using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>A subscription to a known event type. Delivery runs its filter and isolates what it throws.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal abstract class Subscription<T> : Subscription
    where T : unmanaged, IEvent<T>
{
    private readonly EventFilter<T>? _filter;
    private readonly bool _trims;
    private readonly bool _judgesBatches;
    private readonly LossAction? _onLost;
    private readonly Action<BoundaryCoverage>? _onCoverage;
    private readonly BoundaryWindow<T>? _bounds;

    private protected Subscription(SubscriptionRegistry registry, long id, SubscriptionOptions<T> options)
        : base(registry, id, options.Name, options.Priority, options.Delivery)
    {
        if (options is { Delivery: Delivery.Inline, OnLost: not null })
        {
            throw new ArgumentException(
                "OnLost is for dispatched delivery; an inline subscription loses no event, and would never call it.", nameof(options));
        }

        _onLost = options.OnLost;
        TakesRuns = options.TakesRuns;
        _onCoverage = options.OnCoverage;
        _filter = options.SkipsRepeats ? new RepeatGuard<T>(options.Passing) : options.Passing;
        if (options.Window is not null)
            _filter = Window = options.Window;
        else if (options.IsBounded || options.Region is not null)
            _filter = Window = _bounds = BoundaryRules.WindowOf(options, _filter);
        _trims = _filter is BatchTrimmer<T>;
        _judgesBatches = _filter?.JudgesBatches == true;
        Addresses = _trims || TakesRuns ? AddressSet.All : _filter?.Addresses ?? AddressSet.All;
    }

    /// <summary>The parts of a lane that it wants, or null for all.</summary>
    internal EventWindow<T>? Window { get; }

    /// <summary>The events between its boundaries, or null where it has none.</summary>
    internal BoundaryWindow<T>? BoundedWindow => _bounds;

    /// <summary>Whether events are wanted that a producer is yet to publish.</summary>
    internal bool Wants(int producerId) => Window is null || Window.IsOpenFor(producerId);

    /// <summary>Says what it asks of a virtual CPU.</summary>
    internal void Bind(BoundaryRequest request) => Bounds = request;

    internal override void TellCoverage(BoundaryCoverage coverage, ProducerInfo producer)
    {
        try
        {
            _onCoverage?.Invoke(coverage);
        }
        catch (Exception exception)
        {
            ReportCallbackError(producer, exception);
        }
    }

    /// <summary>Where the events are that its filter may let pass.</summary>
    internal AddressSet Addresses { get; }

    /// <summary>Inline, and what is published at once is delivered as a whole.</summary>
    public bool TakesRuns { get; }

    /// <summary>Hands a batch to the handler, unless the subscription has been cancelled. Never throws.</summary>
    /// <returns>Whether the subscription was in force; what its filter let pass is another matter.</returns>
    public bool Deliver(ReadOnlySpan<T> events, in Envelope envelope, HandlerScope scope)
    {
        scope.Enter(HandlerNumber, this);
        bool isActive = IsActive;
        if (isActive)
        {
            if (_filter is null)
                DeliverRun(events, envelope);
            else
                DeliverFiltered(events, envelope, _filter);
        }

        scope.Exit();
        return isActive;
    }

    /// <summary>Hands one event to the handler on the thread that publishes it; without what only batches need. Never throws.</summary>
    public abstract void DeliverInline(in T @event, in Envelope envelope, HandlerScope scope);

    /// <summary>Tells the subscriber of lost events. Never throws.</summary>
    public void DeliverLoss(in LossNotice notice, HandlerScope scope)
    {
        if (_onLost is null)
            return;
        scope.Enter(HandlerNumber, this);
        try
        {
            if (IsActive && (Window is null ? notice : Window.Trim(notice)) is LossNotice lost)
                _onLost(lost);
        }
        catch (Exception exception)
        {
            ReportLossError(notice, exception);
        }
        finally
        {
            scope.Exit();
        }
    }

    /// <summary>Calls the handler for consecutive events that all pass the filter. Must not throw.</summary>
    private protected abstract void DeliverRun(ReadOnlySpan<T> events, in Envelope envelope);

    /// <summary>Whether an event is delivered on the thread that publishes it as if it were a batch.</summary>
    private protected bool Trims => _trims;

    /// <summary>Whether the filter lets one event pass. Throws what the filter throws.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private protected bool Passes(in T @event, in Envelope envelope) => _filter is null || Passes(@event, envelope, _filter);

    private bool Passes(in T @event, in Envelope envelope, EventFilter<T> filter)
    {
        FilterVerdict verdict = _judgesBatches ? filter.EvaluateBatch(envelope) : FilterVerdict.PerEvent;
        return verdict == FilterVerdict.PerEvent ? filter.Matches(@event, envelope) : verdict == FilterVerdict.All;
    }

    private void DeliverFiltered(ReadOnlySpan<T> events, in Envelope envelope, EventFilter<T> filter)
    {
        if (filter is BatchTrimmer<T> trimmer)
        {
            DeliverTrimmed(events, envelope, trimmer);
            return;
        }

        FilterVerdict verdict;
        try
        {
            verdict = filter.EvaluateBatch(envelope);
        }
        catch (Exception exception)
        {
            ReportError(envelope, envelope.Sequence, envelope.Sequence + events.Length - 1, exception);
            return;
        }

        if (verdict == FilterVerdict.All)
            DeliverRun(events, envelope);
        else if (verdict == FilterVerdict.PerEvent)
            DeliverMatchingRuns(events, envelope, filter);
    }

    private void DeliverTrimmed(ReadOnlySpan<T> events, Envelope envelope, BatchTrimmer<T> trimmer)
    {
        while (!events.IsEmpty)
        {
            ReadOnlySpan<T> part = events;
            Envelope partEnvelope = envelope;
            if (!trimmer.TryTrim(ref part, ref partEnvelope))
                return;
            if (trimmer.Inner is null)
                DeliverRun(part, partEnvelope);
            else
                DeliverFiltered(part, partEnvelope, trimmer.Inner);
            long end = partEnvelope.Sequence + part.Length;
            events = events[(int)(end - envelope.Sequence)..];
            envelope = envelope.AtSequence(end);
        }
    }

    private void DeliverMatchingRuns(ReadOnlySpan<T> events, in Envelope envelope, EventFilter<T> filter)
    {
        int start = 0;
        for (int i = 0; i <= events.Length; i++)
        {
            if (i < events.Length && Matches(events, i, envelope, filter))
                continue;
            if (i > start && IsActive)
                DeliverRun(events[start..i], envelope.AtSequence(envelope.Sequence + start));
            start = i + 1;
        }
    }

    private bool Matches(ReadOnlySpan<T> events, int index, in Envelope envelope, EventFilter<T> filter)
    {
        try
        {
            return filter.Matches(events[index], envelope);
        }
        catch (Exception exception)
        {
            ReportError(envelope, envelope.Sequence + index, envelope.Sequence + index, exception);
            return false;
        }
    }
}
