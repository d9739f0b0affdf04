using Engine.Bus;
using Engine.Gateway.Frames;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Server.History;

internal sealed partial class StoredFrameHistory
{
    private const int MinPage = 64;

    /// <inheritdoc/>
    public async ValueTask ReadAsync(FrameBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        long upTo = Math.Min(batch.UpTo, LastSequence);
        if (batch.Frames.Count == 0 && batch.Cursor < FirstSequence - 1)
            batch.NoteGap(Math.Min(FirstSequence - 1, upTo));
        while (batch.Cursor < upTo && !batch.IsFull)
        {
            if (_ring.Find(batch.Cursor + 1) is { } frame)
                batch.Take(frame);
            else
                await ReadStoredAsync(batch, upTo, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> FindBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        if (_ring.Find(_ring.FirstSequence) is { } oldest && oldest.RecordedAt < time)
            return Math.Min(await _ring.FindBeforeAsync(time, cancellationToken).ConfigureAwait(false), LastSequence);
        long newest = 0;
        foreach (FrameLog log in _logs)
            newest = Math.Max(newest, await log.FindBeforeAsync(time, cancellationToken).ConfigureAwait(false));
        return newest;
    }

    /// <inheritdoc/>
    public async ValueTask<long> FindNewestAsync(FrameFilter filter, long upTo, int limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        long start = upTo;
        int found = 0;
        long sequence = Math.Min(upTo, LastSequence);
        for (; found < limit && sequence > 0 && _ring.Find(sequence) is { } frame; sequence--)
        {
            if (frame.RecordedAt < filter.Start)
                return start;
            if (!filter.Matches(frame))
                continue;
            found++;
            start = sequence - 1;
        }

        if (found == limit || sequence < 1)
            return start;
        await foreach (EventFrame frame in ReadBackAsync(sequence, filter, cancellationToken).ConfigureAwait(false))
        {
            if (frame.RecordedAt < filter.Start)
                break;
            if (!filter.Matches(frame))
                continue;
            start = frame.Sequence - 1;
            if (++found == limit)
                break;
        }

        return start;
    }

    /// <summary>Takes events from the logs, merged by their sequences; moves the cursor.</summary>
    private async ValueTask ReadStoredAsync(FrameBatch batch, long upTo, CancellationToken cancellationToken)
    {
        // What the ring has is not looked for on disk.
        upTo = Math.Min(upTo, Math.Max(batch.Cursor + 1, _ring.FirstSequence - 1));
        (EventFilter? filter, FrameLog[] logs) = Narrow(batch.Filter);
        batch.NoteMissing(Math.Min(logs.Max(static log => (long?)log.TrimmedTo) ?? 0, upTo));
        int limit = Math.Clamp(batch.MaxFrames - batch.Frames.Count, MinPage, EventPage.MaxLimit);
        long end = upTo;
        var places = new long[logs.Length];
        var pages = new IReadOnlyList<StoredEvent>[logs.Length];
        for (int i = 0; i < logs.Length; i++)
        {
            places[i] = await logs[i].PlaceBehindAsync(batch.Cursor, cancellationToken).ConfigureAwait(false);
            pages[i] = await logs[i].ReadAsync(places[i], filter, limit, cancellationToken).ConfigureAwait(false);
            // Behind a full page there may be more.
            if (pages[i].Count == limit)
                end = Math.Min(end, FrameRecords.SequenceOf(pages[i][^1]));
        }

        long start = batch.Cursor;
        foreach ((StoredEvent record, FrameLog log) in pages
            .SelectMany((page, i) => page.Select(record => (Record: record, Log: logs[i])))
            .OrderBy(static one => FrameRecords.SequenceOf(one.Record)))
        {
            long sequence = FrameRecords.SequenceOf(record);
            if (sequence <= start || sequence > end || batch.IsFull)
                continue;
            if (_records.ToFrame(record, log.Traffic) is { } frame)
                batch.Take(frame);
        }

        if (!batch.IsFull)
            batch.Cursor = end;
        for (int i = 0; i < logs.Length; i++)
        {
            StoredEvent? last = pages[i].LastOrDefault(record => FrameRecords.SequenceOf(record) <= batch.Cursor);
            logs[i].Remember(batch.Cursor, last is null ? places[i] : last.Sequence + 1);
        }
    }

    private async IAsyncEnumerable<EventFrame> ReadBackAsync(
        long fromSequence, FrameFilter wanted,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (EventFilter? filter, FrameLog[] logs) = Narrow(wanted);
        IAsyncEnumerator<StoredEvent>?[] readers =
        [
            .. logs.Select(log => log.ReadBackAsync(fromSequence, filter, cancellationToken).GetAsyncEnumerator(cancellationToken)),
        ];
        try
        {
            for (int i = 0; i < readers.Length; i++)
                await MoveAsync(i).ConfigureAwait(false);
            while (Array.FindIndex(readers, static reader => reader is not null) >= 0)
            {
                int next = Enumerable.Range(0, readers.Length).Where(i => readers[i] is not null)
                    .MaxBy(i => FrameRecords.SequenceOf(readers[i]!.Current));
                StoredEvent record = readers[next]!.Current;
                await MoveAsync(next).ConfigureAwait(false);
                if (FrameRecords.SequenceOf(record) <= fromSequence && _records.ToFrame(record, logs[next].Traffic) is { } frame)
                    yield return frame;
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<StoredEvent>? reader in readers)
            {
                if (reader is not null)
                    await reader.DisposeAsync().ConfigureAwait(false);
            }
        }

        async ValueTask MoveAsync(int i)
        {
            if (await readers[i]!.MoveNextAsync().ConfigureAwait(false))
                return;
            await readers[i]!.DisposeAsync().ConfigureAwait(false);
            readers[i] = null;
        }
    }

    /// <summary>
    /// What the stores can filter by themselves, and which of them have what is wanted. The rest is decided event by event.
    /// </summary>
    private (EventFilter? Filter, FrameLog[] Logs) Narrow(FrameFilter filter)
    {
        if (filter.Types is not { } types)
            return (filter.Resources is { Count: 1 } one ? new EventFilter { Key = one.Single() } : null, _logs);
        EventNamePattern[] names = [.. types.Select(_records.NameOf).OfType<string>().Select(EventNamePattern.Parse)];
        return (
            new EventFilter { EventTypes = names, Key = filter.Resources is { Count: 1 } only ? only.Single() : null },
            [.. _logs.Where(log => types.Any(type => _records.TrafficOf(type) == log.Traffic))]);
    }
}
