using System.Runtime.CompilerServices;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>Reads a log of events by its usual questions. Thread-safe.</summary>
public static class EventStoreExtensions
{
    /// <summary>Events of a list at most.</summary>
    public const int MaxListLength = 10_000;

    /// <summary>
    /// Reads events one after the other, a page at a time, to the tail as it is when the last page is read. No connection is held between
    /// pages.
    /// </summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="fromSequence">The first place that is looked at.</param>
    /// <param name="filter">Which events; null for all.</param>
    /// <param name="direction">Which way; going backward, <see cref="long.MaxValue"/> stands for the tail.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async IAsyncEnumerable<StoredEvent> ReadAsync(
        this IEventLog log, long fromSequence = 1, EventFilter? filter = null, ReadDirection direction = ReadDirection.Forward,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        EventPage page;
        do
        {
            page = await log.ReadPageAsync(fromSequence, filter, direction, EventPage.MaxLimit, cancellationToken).ConfigureAwait(false);
            foreach (StoredEvent item in page.Events)
                yield return item;
            fromSequence = page.NextSequence;
        }
        while (!page.IsLast);
    }

    /// <summary>The newest events of a type, newest first.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="limit">Events at most: 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<IReadOnlyList<StoredEvent>> GetByTypeAsync(
        this IEventLog log, string eventType, int limit = 100, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (limit is < 1 or > MaxListLength)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A list has 1 to {MaxListLength} events; enumerate for more.");
        var events = new List<StoredEvent>();
        EventFilter filter = EventFilter.OfTypes(eventType);
        long from = long.MaxValue;
        while (events.Count < limit)
        {
            EventPage page = await log.ReadPageAsync(
                from, filter, ReadDirection.Backward, Math.Min(EventPage.MaxLimit, limit - events.Count), cancellationToken)
                .ConfigureAwait(false);
            events.AddRange(page.Events);
            from = page.NextSequence;
            if (page.IsLast)
                break;
        }

        return events;
    }

    /// <summary>The events of a type that were recorded in a time, in order.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="from">The earliest recorded time.</param>
    /// <param name="to">The recorded time before which they end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The time ends before it begins.</exception>
    public static IAsyncEnumerable<StoredEvent> GetByTimeRangeAsync(
        this IEventLog log, string eventType, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken = default)
    {
        EventFilter filter = EventFilter.OfTypes(eventType) with { From = from, To = to };
        filter.Validate();
        return log.ReadAsync(1, filter, ReadDirection.Forward, cancellationToken);
    }
}
