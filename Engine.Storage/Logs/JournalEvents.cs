using System.Diagnostics;
using Engine.Events.Vm;
using Engine.Storage.Databases;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Logs;

/// <summary>
/// Reads a journal as a log of records, by the interface that event stores have too. A writer may be at work, in this process or in
/// another one; nothing is shown before it is durable. All members are thread-safe; reading is done on the calling thread, by the page.
/// </summary>
/// <remarks>
/// A record's sequence is its place: 2^20 times the number of its frame, and its index there. It ascends along the journal, with holes.
/// Recorded time is that of the frame. Key is the virtual machine, source the producer, and the version within the stream the producer's
/// own sequence. Frames that are deleted or damaged are gaps, what was lost before it was recorded is named by
/// <see cref="EventPage.Losses"/>.
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class JournalEvents : IEventLog, IDisposable
{
    // A writer has frames in the order of their ends; so far their beginnings may be apart.
    private static readonly TimeSpan MaxFrameTime = TimeSpan.FromMinutes(1);

    // A page that finds nothing ends here, so that it can be given up between pages.
    private const int MaxFramesOfPage = 4096;

    private readonly DiskFiles _files;
    private readonly JournalEventsOptions _options;
    private readonly JournalTail _tail;
    private readonly JournalCursor _cursor;
    private readonly TailSignal _signal;
    private readonly SemaphoreSlim _gate = new(1);

    private JournalEvents(DiskFiles files, JournalEventTypes types, JournalEventsOptions options)
    {
        _files = files;
        _options = options;
        _tail = new JournalTail(files);
        _cursor = new JournalCursor(files, options.Codecs, types);
        _signal = new TailSignal(options.PollInterval, options.TimeProvider, LookAsync);
    }

    /// <summary>Where the journal is.</summary>
    public string Directory => _files.Directory;

    /// <summary>Opens a journal for reading it as records. It may still be empty.</summary>
    /// <param name="directory">Where its files are.</param>
    /// <param name="types">The event types; one that is not among them, and is asked for, is an error.</param>
    /// <param name="options">How it reads; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    public static JournalEvents Open(string directory, JournalEventTypes types, JournalEventsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        ArgumentNullException.ThrowIfNull(types);
        options ??= new JournalEventsOptions();
        options.Validate();
        if (!System.IO.Directory.Exists(directory))
            throw new DirectoryNotFoundException($"There is no directory \"{directory}\".");
        return new JournalEvents(new DiskFiles(directory), types, options);
    }

    /// <inheritdoc/>
    public ValueTask<EventLogExtent> GetExtentAsync(CancellationToken cancellationToken = default) => LockedAsync(
        "looking at a journal",
        () =>
        {
            _tail.Refresh();
            long first = _cursor.FirstFrame() is { } frame ? JournalPlace.Of(frame, 0) : JournalPlace.First;
            return new EventLogExtent(first, _tail.Place, JournalEpoch.Of(Directory));
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoredEvent?> GetAsync(Guid id, CancellationToken cancellationToken = default) =>
        await GetBySequenceAsync(FrameRecords.PlaceIn(id), cancellationToken).ConfigureAwait(false) is { } found && found.Id == id
            ? found : null;

    /// <inheritdoc/>
    public ValueTask<StoredEvent?> GetBySequenceAsync(long sequence, CancellationToken cancellationToken = default) => LockedAsync(
        "reading a journal",
        () =>
        {
            if (sequence > _tail.Place)
                _tail.Refresh();
            return sequence >= JournalPlace.First && sequence <= _tail.Place && _cursor.MoveTo(JournalPlace.FrameOf(sequence))
                && _cursor.Header.FrameNumber == JournalPlace.FrameOf(sequence) && _cursor.Header.Kind == FrameKind.Events
                && JournalPlace.IndexOf(sequence) < _cursor.Header.Count
                    ? _cursor.Records.Make(JournalPlace.IndexOf(sequence)) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="StorageException">
    /// The disk has failed, or the journal holds events that the filter takes and whose type was not given.
    /// </exception>
    public ValueTask<EventPage> ReadPageAsync(
        long fromSequence, EventFilter? filter = null, ReadDirection direction = ReadDirection.Forward, int limit = EventPage.MaxLimit,
        CancellationToken cancellationToken = default)
    {
        if (limit is < 1 or > EventPage.MaxLimit)
            throw new ArgumentOutOfRangeException(nameof(limit), limit, $"A page has 1 to {EventPage.MaxLimit} events.");
        filter?.Validate();
        return LockedAsync(
            "reading a journal",
            () =>
            {
                _tail.Refresh();
                var page = new JournalPage(_cursor, filter, limit, _tail.Place, MaxFramesOfPage);
                return direction == ReadDirection.Forward ? page.Forward(StartOf(fromSequence, filter)) : page.Backward(fromSequence);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long> WaitForTailAsync(long sequence, CancellationToken cancellationToken = default) =>
        _signal.WaitAsync(sequence, cancellationToken);

    /// <summary>
    /// Finds the place of the first event of a type at an instruction count, in the latest session that has events of the type: exactly
    /// for <c>vm.instruction</c> and for events that carry their execution point, else where the frame begins that reaches it.
    /// </summary>
    /// <param name="eventType">The event's name.</param>
    /// <param name="instructionCount">The producer's instruction count, from 0.</param>
    /// <param name="source">The producer's name; null for the one whose frames come first.</param>
    /// <param name="cancellationToken">Gives up before the search begins.</param>
    /// <returns>A place for <see cref="ReadPageAsync"/>, a replay or a start; null if nothing reaches the count.</returns>
    public ValueTask<long?> FindInstructionCountAsync(
        string eventType, long instructionCount, string? source = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(eventType);
        return LockedAsync("searching a journal", () => Find(eventType, instructionCount, source), cancellationToken);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        _gate.Wait();
        _cursor.Dispose();
        _gate.Release();
    }

    /// <summary>The directory.</summary>
    public override string ToString() => $"events in journal \"{Directory}\"";

    private long? Find(string eventType, long instructionCount, string? source)
    {
        _tail.Refresh();
        var page = new JournalPage(_cursor, EventFilter.OfTypes(eventType) with { Source = source }, 1, _tail.Place, int.MaxValue);
        if (page.LastFrame() is not { } latest)
            return null;
        // Each session is in segments of its own, so the search has only to be told which frames are in question.
        if (new JournalSearch(_files, JournalDirectory.Segments(_files)).Find(
            header => header.Kind == FrameKind.Events && header.Stream == latest.Stream,
            header => eventType == InstructionRetired.Descriptor.Name
                ? header.EndSequence > instructionCount : header.LastInstructionCount >= instructionCount) is not { } position)
            return null;
        long frame = FrameAt(position);
        while (_cursor.MoveTo(frame) && _cursor.Header.FrameNumber <= latest.FrameNumber)
        {
            frame = _cursor.Header.FrameNumber;
            if (_cursor.Header.Kind == FrameKind.Events && _cursor.Header.Stream == latest.Stream
                && _cursor.Records.IndexOf(instructionCount) is var index && index < _cursor.Header.Count)
                return JournalPlace.Of(frame, index);
            frame++;
        }

        return null;
    }

    private long FrameAt(JournalPosition position)
    {
        using JournalReader reader = JournalReader.Open(_files, _options.Codecs);
        reader.Seek(position);
        return reader.TryReadHeader(out FrameHeader? header) ? header.FrameNumber : 0;
    }

    // By the time, where one is given and it lies farther on.
    private long StartOf(long fromSequence, EventFilter? filter)
    {
        long start = Math.Max(fromSequence, JournalPlace.First);
        if (filter?.From is not { } from || start > _tail.Place || from - DateTimeOffset.UnixEpoch < MaxFrameTime)
            return start;
        if (_cursor.MoveTo(JournalPlace.FrameOf(start)) && _cursor.Header.Time >= from - MaxFrameTime)
            return start;
        using JournalReader reader = JournalReader.Open(_files, _options.Codecs);
        return reader.FindTime(from - MaxFrameTime) is { } position ? Math.Max(start, JournalPlace.Of(FrameAt(position), 0)) : start;
    }

    private ValueTask<long> LookAsync(CancellationToken cancellationToken) => LockedAsync(
        "looking at a journal",
        () =>
        {
            _tail.Refresh();
            return _tail.Place;
        },
        cancellationToken);

    private async ValueTask<TResult> LockedAsync<TResult>(string operation, Func<TResult> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return action();
        }
        catch (Exception exception)
        {
            _cursor.Dispose();
            if (exception is IOException or UnauthorizedAccessException or InvalidDataException)
                throw StorageException.From(operation, exception);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }
}
