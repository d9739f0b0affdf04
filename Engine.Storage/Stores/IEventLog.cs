using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>
/// Events in one order that can be read from any place on: the reading side of an event store, and of a journal. History, replay and
/// durable subscriptions read either by it. All members are thread-safe.
/// </summary>
public interface IEventLog
{
    /// <summary>What there is at the moment, and of which log.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<EventLogExtent> GetExtentAsync(CancellationToken cancellationToken = default);

    /// <summary>Gets an event; null if there is none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<StoredEvent?> GetAsync(Guid id, CancellationToken cancellationToken = default);

    /// <summary>Gets the event at a place; null if there is none.</summary>
    /// <param name="sequence">The place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<StoredEvent?> GetBySequenceAsync(long sequence, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads a page. Sees all events up to the tail and none behind it. A page may be short of its limit, or empty, before the tail:
    /// <see cref="EventPage.IsLast"/> says whether there is more.
    /// </summary>
    /// <param name="fromSequence">The first place that is looked at; going backward, the first one from behind.</param>
    /// <param name="filter">Which events; null for all.</param>
    /// <param name="direction">Which way.</param>
    /// <param name="limit">Events at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<EventPage> ReadPageAsync(
        long fromSequence, EventFilter? filter = null, ReadDirection direction = ReadDirection.Forward, int limit = EventPage.MaxLimit,
        CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits until there are events behind a place. In the process that appends to a store they are seen at once, in another one at once
    /// where the database tells of them (PostgreSQL), else within the poll interval.
    /// </summary>
    /// <param name="sequence">The last place that is known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The tail: the last place of all.</returns>
    ValueTask<long> WaitForTailAsync(long sequence, CancellationToken cancellationToken = default);
}

/// <summary>What there is in a log.</summary>
/// <param name="FirstSequence">The first place that is there, or where the next event will be.</param>
/// <param name="LastSequence">The last place; all up to it are durable.</param>
/// <param name="Epoch">Identifies the log: one that was made anew has another one.</param>
public readonly record struct EventLogExtent(long FirstSequence, long LastSequence, string Epoch);

/// <summary>Events that were published and are not in the log: a ring or a journal had no room for them.</summary>
/// <param name="EventType">Their name.</param>
/// <param name="Source">Who published them.</param>
/// <param name="FirstNumber">The publisher's own number of the first one.</param>
/// <param name="Count">How many, in a row.</param>
/// <param name="Before">The place of the event that came next.</param>
public readonly record struct EventLoss(string EventType, string Source, long FirstNumber, long Count, long Before);
