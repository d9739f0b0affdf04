using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Subscriptions;

/// <summary>Looks back into a log of events. Thread-safe.</summary>
public static class EventHistory
{
    /// <summary>The newest events of a type, newest first.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="limit">Events at most: 1 to 10,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static ValueTask<IReadOnlyList<StoredEvent>> GetHistoryAsync(
        this IEventLog log, string eventType, int limit = 100, CancellationToken cancellationToken = default) =>
        log.GetByTypeAsync(eventType, limit, cancellationToken);

    /// <summary>A page of the events that a filter takes, newest first.</summary>
    /// <param name="log">The store or the journal.</param>
    /// <param name="filter">Which events.</param>
    /// <param name="cursor">Where the page before ended; null for the first page.</param>
    /// <param name="limit">Events at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<HistoryPage> GetHistoryAsync(
        this IEventLog log, EventFilter filter, long? cursor = null, int limit = 100, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(filter);
        EventPage page = await log.ReadPageAsync(
            cursor ?? long.MaxValue, filter, ReadDirection.Backward, limit, cancellationToken).ConfigureAwait(false);
        return new HistoryPage(page.Events, page.NextSequence == 0 ? null : page.NextSequence);
    }
}

/// <summary>A page of history.</summary>
/// <param name="Events">The events, newest first.</param>
/// <param name="Cursor">Where the next page begins; null if there is none.</param>
public sealed record HistoryPage(IReadOnlyList<StoredEvent> Events, long? Cursor);
