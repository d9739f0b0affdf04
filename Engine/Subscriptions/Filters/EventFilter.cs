using System.Diagnostics.CodeAnalysis;
using Engine.Events;
using Engine.Subscriptions.Filters.Caching;

namespace Engine.Subscriptions.Filters;

/// <summary>
/// Decides which events a subscription gets. A filter that looks at the envelope only answers once per batch;
/// one that looks at the payload is asked for each event. Filters may be called from several threads at once and must
/// not block. One that throws lets the event not pass, and is counted as a handler error.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public abstract class EventFilter<T>
    where T : IEvent<T>
{
    /// <summary>Judges a batch by its envelope. By default the answer depends on the event.</summary>
    /// <param name="envelope">The envelope of the batch.</param>
    public virtual FilterVerdict EvaluateBatch(in Envelope envelope) => FilterVerdict.PerEvent;

    /// <summary>Judges one event. Must agree with <see cref="EvaluateBatch"/> where that gives a verdict for the whole batch.</summary>
    /// <param name="event">The event.</param>
    /// <param name="envelope">The envelope of its batch.</param>
    public abstract bool Matches(in T @event, in Envelope envelope);

    /// <summary>Whether <see cref="EvaluateBatch"/> ever says something of a whole batch.</summary>
    internal virtual bool JudgesBatches => true;

    /// <summary>Where the events are that may pass: outside nothing does, so that a lane need not ask.</summary>
    internal virtual AddressSet Addresses => AddressSet.All;

    /// <summary>A filter that passes what both filters pass. The second is asked only where the first passes.</summary>
    /// <param name="other">The second filter.</param>
    public EventFilter<T> And(EventFilter<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return EventFilter.All(this, other);
    }

    /// <summary>A filter that passes what at least one passes. The second is asked only where the first does not pass.</summary>
    /// <param name="other">The second filter.</param>
    public EventFilter<T> Or(EventFilter<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return EventFilter.Any(this, other);
    }

    /// <summary>A filter that passes what this one does not.</summary>
    public EventFilter<T> Not() => new NotFilter<T>(this);

    /// <summary>
    /// A filter that remembers this filter's verdicts by key. Worth it where the filter takes longer than a look-up and
    /// keys come again; it notices itself where that is not so.
    /// </summary>
    /// <typeparam name="TKey">What the filter's verdict depends on.</typeparam>
    /// <param name="keyOf">
    /// Gives the key of an event. Whatever can change the verdict must be in it: two events with equal keys get one
    /// verdict.
    /// </param>
    /// <param name="capacity">
    /// Verdicts that the cache holds: a power of two from 2 to 1,048,576. A key that is new then takes the place of
    /// another.
    /// </param>
    /// <param name="timeProvider">The clock for measuring; the system's by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not a power of two in that range.</exception>
    public CachedFilter<T, TKey> Cached<TKey>(FilterKeySelector<T, TKey> keyOf, int capacity = 1024, TimeProvider? timeProvider = null)
        where TKey : notnull, IEquatable<TKey>
    {
        ArgumentNullException.ThrowIfNull(keyOf);
        return new CachedFilter<T, TKey>(this, keyOf, capacity, timeProvider ?? TimeProvider.System);
    }

    /// <summary>A filter of any event type is one of this type: <see cref="AnyEventFilter.For{T}"/>. Allocates.</summary>
    /// <param name="filter">The filter.</param>
    [return: NotNullIfNotNull(nameof(filter))]
    [SuppressMessage("Usage", "CA2225", Justification = "The named alternative is AnyEventFilter.For.")]
    public static implicit operator EventFilter<T>?(AnyEventFilter? filter) => filter?.For<T>();
}
