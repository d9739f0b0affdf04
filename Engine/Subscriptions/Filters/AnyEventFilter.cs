using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>
/// Decides which events of whatever type a subscription gets, without boxing. What holds for <see cref="EventFilter{T}"/>
/// holds here too: it may be called from several threads at once, must not block, and lets the event not pass when it throws.
/// </summary>
public abstract class AnyEventFilter
{
    /// <summary>Judges a batch by its envelope. By default the answer depends on the event.</summary>
    /// <param name="envelope">The envelope of the batch.</param>
    public virtual FilterVerdict EvaluateBatch(in Envelope envelope) => FilterVerdict.PerEvent;

    /// <summary>Judges one event. Must agree with <see cref="EvaluateBatch"/> where that gives a verdict for the whole batch.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="envelope">The envelope of its batch.</param>
    public abstract bool Matches<T>(in T @event, in Envelope envelope)
        where T : IEvent<T>;

    /// <summary>
    /// This filter for one event type: the generic call is bound once instead of at each event. Allocates. It happens by itself
    /// where a filter of one type is asked for.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    public virtual EventFilter<T> For<T>()
        where T : IEvent<T> =>
        new BoundFilter<T>(this);

    /// <summary>A filter that passes what both filters pass. The second is asked only where the first passes.</summary>
    /// <param name="other">The second filter.</param>
    public AnyEventFilter And(AnyEventFilter other) => All(this, other);

    /// <summary>A filter that passes what at least one passes. The second is asked only where the first does not pass.</summary>
    /// <param name="other">The second filter.</param>
    public AnyEventFilter Or(AnyEventFilter other) => Any(this, other);

    /// <summary>A filter that passes what this one does not.</summary>
    public AnyEventFilter Not() => new NotAnyEventFilter(this);

    /// <summary>Passes what all filters pass. They are asked in the given order, up to the first that does not pass.</summary>
    /// <param name="filters">The filters.</param>
    /// <exception cref="ArgumentException">There is no filter, or one is null.</exception>
    public static AnyEventFilter All(params ReadOnlySpan<AnyEventFilter> filters) =>
        new ChainAnyEventFilter(ChainRule.Check(filters), ChainRule.All);

    /// <summary>Passes what at least one filter passes. They are asked in the given order, up to the first that passes.</summary>
    /// <param name="filters">The filters.</param>
    /// <exception cref="ArgumentException">There is no filter, or one is null.</exception>
    public static AnyEventFilter Any(params ReadOnlySpan<AnyEventFilter> filters) =>
        new ChainAnyEventFilter(ChainRule.Check(filters), ChainRule.Any);

    /// <summary>Passes the events of one virtual machine: those of its producers and of its bus.</summary>
    /// <param name="vmId">Id of the machine, as given to the producer or the bus.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public static AnyEventFilter FromVm(string vmId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(vmId);
        return new VmAnyEventFilter(vmId);
    }

    /// <summary>Passes events of the named types.</summary>
    /// <param name="names">Names of event types, as in their descriptors.</param>
    /// <exception cref="ArgumentException">There is no name, or one is not an event name.</exception>
    public static AnyEventFilter OfTypes(params ReadOnlySpan<string> names) => new TypeAnyEventFilter(ChainRule.Check(names));

    /// <summary>
    /// Passes events that have an address in [<paramref name="start"/>, <paramref name="end"/>), and none that have no
    /// address.
    /// </summary>
    /// <param name="start">The first address that passes.</param>
    /// <param name="end">The first address behind that does not.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static AnyEventFilter InAddressRange(ulong start, ulong end) => new AddressAnyEventFilter(new AddressRange(start, end));

    private sealed class BoundFilter<T>(AnyEventFilter filter) : EventFilter<T>
        where T : IEvent<T>
    {
        public override FilterVerdict EvaluateBatch(in Envelope envelope) => filter.EvaluateBatch(envelope);

        public override bool Matches(in T @event, in Envelope envelope) => filter.Matches(@event, envelope);
    }
}
