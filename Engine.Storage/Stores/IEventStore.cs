using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <summary>Keeps events for good, in one order. All members are thread-safe.</summary>
public interface IEventStore : IEventLog
{
    /// <summary>Opens what the store needs. May be called any number of times, and by several processes at once.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task InitializeAsync(CancellationToken cancellationToken = default);

    /// <summary>Appends an event. When the call completes it is durable: neither a kill nor a loss of power takes it away.</summary>
    /// <param name="event">The event, without sequence and recorded time.</param>
    /// <param name="cancellationToken">Gives up before the event is queued for writing; then it is not stored.</param>
    /// <exception cref="EventValidationException">A rule is broken; nothing was written.</exception>
    /// <exception cref="EventConflictException">Another event has that id; nothing was written.</exception>
    ValueTask<AppendResult> AppendAsync(StoredEvent @event, CancellationToken cancellationToken = default);

    /// <summary>Appends events, all of them or none, with nothing of others in between.</summary>
    /// <inheritdoc cref="AppendAsync(StoredEvent, CancellationToken)"/>
    /// <param name="events">The events; at least one.</param>
    /// <param name="cancellationToken">Gives up before they are queued for writing; then none is stored.</param>
    /// <returns>One result for each, in their order.</returns>
    ValueTask<IReadOnlyList<AppendResult>> AppendAsync(
        IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken = default);

    /// <summary>
    /// Appends events to a stream, all of them or none, if the stream has the version that is expected. The same events again are a
    /// duplicate, whatever is expected; so an append of which nobody knows whether it was made can be made again.
    /// </summary>
    /// <inheritdoc cref="AppendAsync(IReadOnlyList{StoredEvent}, CancellationToken)"/>
    /// <param name="stream">Its name: 1 to 255 characters.</param>
    /// <param name="expected">The version that it must have.</param>
    /// <param name="events">The events; at least one.</param>
    /// <param name="cancellationToken">Gives up before they are queued for writing; then none is stored.</param>
    /// <returns>What became of it; a conflict is no exception.</returns>
    ValueTask<StreamAppendResult> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken = default);

    /// <summary>Reads a page of a stream. One that does not exist has version 0 and no events.</summary>
    /// <param name="stream">Its name.</param>
    /// <param name="fromVersion">The first version that is wanted, from 1.</param>
    /// <param name="limit">Events at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<StreamPage> ReadStreamAsync(
        string stream, long fromVersion = 1, int limit = EventPage.MaxLimit, CancellationToken cancellationToken = default);

    /// <summary>What is known of a stream, its version first of all; null if it does not exist.</summary>
    /// <param name="stream">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<EventStream?> FindStreamAsync(string stream, CancellationToken cancellationToken = default);

    /// <summary>Lists streams by name, in the order of their bytes.</summary>
    /// <param name="prefix">What their names begin with; empty for all.</param>
    /// <param name="after">The last name of the page before; null for the first page.</param>
    /// <param name="limit">Streams at most: 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<IReadOnlyList<EventStream>> ListStreamsAsync(
        string prefix = "", string? after = null, int limit = EventPage.MaxLimit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Closes a stream for good and erases the data of all its events, which keep their places. Broken off, it is ended by another call.
    /// </summary>
    /// <param name="stream">Its name.</param>
    /// <param name="by">By whom.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Gives up; what was done stays.</param>
    ValueTask<EraseOutcome> DeleteStreamAsync(string stream, string by, string reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Erases the data of an event, also of a damaged one. It keeps its place, as erased; erased from the database first, then from the
    /// cache.
    /// </summary>
    /// <param name="id">Its id.</param>
    /// <param name="by">By whom.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Gives up before the erasure is queued.</param>
    ValueTask<EraseOutcome> DeleteAsync(Guid id, string by, string reason, CancellationToken cancellationToken = default);

    /// <summary>Removes the oldest events, in small steps beside the writers.</summary>
    /// <param name="retention">What is kept.</param>
    /// <param name="cancellationToken">Stops after the step that is being made.</param>
    Task<TrimReport> TrimAsync(EventRetention retention, CancellationToken cancellationToken = default);

    /// <summary>What is known of the store. Reads the database.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<EventStoreStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    async ValueTask<EventLogExtent> IEventLog.GetExtentAsync(CancellationToken cancellationToken)
    {
        EventStoreStatistics statistics = await GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
        return new EventLogExtent(statistics.FirstSequence, statistics.LastSequence, statistics.Epoch);
    }
}

/// <summary>What became of an event that was appended.</summary>
/// <param name="Outcome">Whether it is new.</param>
/// <param name="Sequence">Its place.</param>
public readonly record struct AppendResult(AppendOutcome Outcome, long Sequence);

/// <summary>Whether an event that was appended is new.</summary>
public enum AppendOutcome
{
    /// <summary>It was stored.</summary>
    Stored,

    /// <summary>It was there before, the same in all that its publisher gave; nothing was written.</summary>
    Duplicate,
}

/// <summary>Which way events are read.</summary>
public enum ReadDirection
{
    /// <summary>From old to new.</summary>
    Forward,

    /// <summary>From new to old.</summary>
    Backward,
}

/// <summary>What became of an attempt to erase an event.</summary>
public enum EraseOutcome
{
    /// <summary>There is no such event.</summary>
    NotFound,

    /// <summary>It had been erased before; nothing was changed.</summary>
    AlreadyErased,

    /// <summary>Its data are gone from the store's files.</summary>
    Erased,

    /// <summary>
    /// Its data are gone for all readers. In the files they may be until the log is emptied (SQLite, at the first write that no
    /// reader holds up) or the table is vacuumed and the log recycled (PostgreSQL).
    /// </summary>
    ErasedPendingCleanUp,
}

/// <summary>An event has the id of another one in the store; nothing was written.</summary>
/// <param name="id">The id.</param>
/// <param name="sequence">The place of the one in the store.</param>
public sealed class EventConflictException(Guid id, long sequence)
    : InvalidOperationException($"Event {id} is stored at #{sequence} with another content. An id stands for one event.")
{
    /// <summary>The id.</summary>
    public Guid Id { get; } = id;

    /// <summary>The place of the one in the store.</summary>
    public long Sequence { get; } = sequence;
}
