using System.Runtime.CompilerServices;
using Engine.Events;

namespace Engine.Subscriptions.Filters;

/// <summary>Tests one event.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="event">The event.</param>
public delegate bool EventPredicate<T>(in T @event)
    where T : IEvent<T>;

/// <summary>Makes common filters.</summary>
public static class EventFilter
{
    /// <summary>Passes events for which the predicate is true. Asked for each event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="predicate">The test.</param>
    [OverloadResolutionPriority(1)]
    public static EventFilter<T> Where<T>(EventPredicate<T> predicate)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new PredicateFilter<T>(predicate);
    }

    /// <summary>Passes events for which a lambda is true that gets the event by value. Asked for each event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="predicate">The test.</param>
    public static EventFilter<T> Where<T>(Func<T, bool> predicate)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return new ValuePredicateFilter<T>(predicate);
    }

    /// <summary>Passes the events of one producer. Asked once per batch.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="producerId">Id of the producer.</param>
    public static EventFilter<T> FromProducer<T>(int producerId)
        where T : IEvent<T> =>
        new ProducerFilter<T>(producerId);

    /// <summary>Passes the events of one virtual machine: those of its producers and of its bus. Asked once per batch.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="vmId">Id of the machine, as given to the producer or the bus.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public static EventFilter<T> FromVm<T>(string vmId)
        where T : IEvent<T>
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(vmId);
        return new VmFilter<T>(vmId);
    }

    /// <summary>Passes events whose address is in [<paramref name="start"/>, <paramref name="end"/>). Asked for each event.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="start">The first address that passes.</param>
    /// <param name="end">The first address behind that does not.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty.</exception>
    public static EventFilter<T> InAddressRange<T>(ulong start, ulong end)
        where T : IEvent<T>, IAddressedEvent =>
        new AddressRangeFilter<T>(new AddressRange(start, end));

    /// <summary>Passes what all filters pass. They are asked in the given order, up to the first that does not pass.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="filters">The filters.</param>
    /// <exception cref="ArgumentException">There is no filter, or one is null.</exception>
    public static EventFilter<T> All<T>(params ReadOnlySpan<EventFilter<T>> filters)
        where T : IEvent<T> =>
        new ChainFilter<T>(ChainRule.Check(filters), ChainRule.All);

    /// <summary>Passes what at least one filter passes. They are asked in the given order, up to the first that passes.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="filters">The filters.</param>
    /// <exception cref="ArgumentException">There is no filter, or one is null.</exception>
    public static EventFilter<T> Any<T>(params ReadOnlySpan<EventFilter<T>> filters)
        where T : IEvent<T> =>
        new ChainFilter<T>(ChainRule.Check(filters), ChainRule.Any);

    /// <summary>Passes what a filter and then a lambda let pass, where they are given; null where neither is.</summary>
    internal static EventFilter<T>? Both<T>(EventFilter<T>? filter, Func<T, bool>? predicate)
        where T : IEvent<T> =>
        predicate is null ? filter : filter is null ? Where(predicate) : filter.And(Where(predicate));
}
