using System.Diagnostics;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Stores;

/// <content>Streams.</content>
public sealed partial class SqlEventStore
{
    /// <inheritdoc/>
    public async ValueTask<StreamAppendResult> AppendAsync(
        string stream, ExpectedVersion expected, IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken = default)
    {
        StoredEvent[] copy = Check(stream, events);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        StreamAppendResult result = await Database.WriteAsync(
            "appending to a stream", session => Append(session, stream, expected, copy), cancellationToken).ConfigureAwait(false);
        _durations.RecordShared((long)Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<StreamPage> ReadStreamAsync(
        string stream, long fromVersion = 1, int limit = EventPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        EventValidation.ThrowIfNoStream(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(fromVersion, 1);
        CheckPage(limit);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.ReadAsync(
            "reading a stream", (session, token) => StreamAppend.ReadPageAsync(session, stream, fromVersion, limit, token),
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EventStream?> FindStreamAsync(string stream, CancellationToken cancellationToken = default)
    {
        EventValidation.ThrowIfNoStream(stream);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.ReadAsync(
            "looking for a stream", (session, token) => StreamAppend.FindAsync(session, stream, token), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<EventStream>> ListStreamsAsync(
        string prefix = "", string? after = null, int limit = EventPage.MaxLimit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        CheckPage(limit);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        return await Database.ReadAsync(
            "listing streams", (session, token) => StreamAppend.ListAsync(session, prefix, after, limit, token), cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<EraseOutcome> DeleteStreamAsync(
        string stream, string by, string reason, CancellationToken cancellationToken = default)
    {
        EventValidation.ThrowIfNoStream(stream);
        ArgumentException.ThrowIfNullOrWhiteSpace(by);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        await InitializeAsync(cancellationToken).ConfigureAwait(false);
        EraseOutcome outcome = await Database.WriteAsync(
            "deleting a stream", session => StreamAppend.Delete(session, stream, by, reason, Database.TimeProvider.GetUtcNow()),
            cancellationToken).ConfigureAwait(false);
        if (outcome == EraseOutcome.NotFound)
            return outcome;
        // From here on it is deleted; what is broken off now is ended by the next call.
        while (true)
        {
            List<Guid> erased = await Database.WriteAsync(
                "deleting a stream", session =>
                {
                    List<Guid> step = StreamAppend.NotErased(session, stream, TrimStep);
                    foreach (Guid id in step)
                        Erase(session, id, by, reason);
                    return step;
                },
                cancellationToken).ConfigureAwait(false);
            foreach (Guid id in erased)
                _cache.Remove(id);
            if (erased.Count > 0)
                outcome = EraseOutcome.ErasedPendingCleanUp;
            if (erased.Count < TrimStep)
                break;
        }

        return outcome == EraseOutcome.ErasedPendingCleanUp ? await ScrubAsync().ConfigureAwait(false) : outcome;
    }

    /// <summary>Appends within a transaction that is to be committed by its owner.</summary>
    internal StreamAppendResult Append(SqlSession session, string stream, ExpectedVersion expected, StoredEvent[] events) =>
        StreamAppend.Append(session, session.State(this, opened => new AppendGroup(this, opened)), stream, expected, events);

    /// <summary>The events of an append, if they keep to the rules.</summary>
    internal StoredEvent[] Check(string stream, IReadOnlyList<StoredEvent> events)
    {
        EventValidation.ThrowIfNoStream(stream);
        ArgumentNullException.ThrowIfNull(events);
        StoredEvent[] copy = [.. events];
        if (copy.Length == 0)
            throw new ArgumentException("An append to a stream needs at least one event; got none.", nameof(events));
        EventValidation.ThrowIfInvalid(copy, Database.TimeProvider.GetUtcNow(), _options.Limits);
        if (copy.Select(static item => item.Id).Distinct().Count() < copy.Length)
            throw new ArgumentException("An append to a stream must not hold an event twice.", nameof(events));
        return copy;
    }

    private static void CheckPage(int limit)
    {
        if (limit is < 1 or > EventPage.MaxLimit)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A page must have 1 to {EventPage.MaxLimit} entries.");
    }

    private async ValueTask<EraseOutcome> ScrubAsync() =>
        await Task.Run(Database.TryScrub, CancellationToken.None).ConfigureAwait(false)
            ? EraseOutcome.Erased : EraseOutcome.ErasedPendingCleanUp;
}
