using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Engine.Storage.Databases;
using Engine.Tooling;

namespace Engine.Server.History;

/// <summary>
/// The gateway's events on disk: a stream goes on over a restart of the server where it was cut off. The newest are in memory too, and
/// read from there. An event can be read, and so sent, once it is durable; appending does not wait for that. All members are thread-safe.
/// </summary>
/// <remarks>
/// Sequences are given under a lock, in which an event goes to the ring and to the writer. One task writes, in groups, to the log of each
/// kind of traffic, and then moves the tail past the group: all up to the tail is in the logs. So a sequence that any client has seen is
/// never given again, whatever ends the process. What was in the writer then was seen by nobody.
/// </remarks>
internal sealed partial class StoredFrameHistory : IFrameHistory, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _claim;
    private readonly FrameLog[] _logs;
    private readonly FrameRecords _records;
    private readonly FrameRing _ring;
    private readonly FrameWriter _writer;
    private readonly FrameTrimmer _trimmer;
    private long _last;

    private StoredFrameHistory(FileStream claim, FrameLog[] logs, HistoryOptions options)
    {
        Options = options;
        _claim = claim;
        _logs = logs;
        _last = logs.Max(static log => log.LastSequence);
        Epoch = EpochOf(logs);
        _records = new FrameRecords(options.Catalog, Epoch);
        _ring = new FrameRing(
            options.RingEvents, options.RingBytes, options.TimeProvider, Epoch, _last, logs.Max(static log => log.LastRecorded));
        _writer = new FrameWriter(logs, _records, options, MoveTail);
        _trimmer = new FrameTrimmer(logs, options);
    }

    /// <inheritdoc/>
    public event Action? TailMoved;

    /// <inheritdoc/>
    public string Epoch { get; }

    /// <inheritdoc/>
    public long FirstSequence => Math.Min(_logs.Min(static log => log.FirstSequence), Math.Min(_ring.FirstSequence, LastSequence + 1));

    /// <inheritdoc/>
    public long LastSequence => Volatile.Read(ref _last);

    /// <summary>How it works.</summary>
    public HistoryOptions Options { get; }

    /// <summary>Writes what was appended.</summary>
    public FrameWriter Writer => _writer;

    /// <summary>Removes what is too old.</summary>
    public FrameTrimmer Trimmer => _trimmer;

    /// <summary>Opens the history of a folder, which is made if it is not there.</summary>
    /// <exception cref="UsageException">The folder cannot be used, or another server uses it.</exception>
    public static async Task<StoredFrameHistory> OpenAsync(HistoryOptions options, CancellationToken cancellationToken)
    {
        string directory = options.Settings.Directory;
        FileStream? claim = null;
        var logs = new List<FrameLog>();
        try
        {
            Directory.CreateDirectory(directory);
            claim = new FileStream(Path.Combine(directory, "in-use"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            foreach (EventTraffic traffic in (EventTraffic[])[EventTraffic.Vital, EventTraffic.Ordinary, EventTraffic.Metrics])
            {
                string file = Path.Combine(directory, $"{traffic.ToString().ToLowerInvariant()}.db");
                logs.Add(await FrameLog.OpenAsync(traffic, file, options.TimeProvider, cancellationToken).ConfigureAwait(false));
            }

            long last = logs.Max(static log => log.LastSequence);
            foreach (FrameLog log in logs)
                await log.ContinueFromAsync(last, cancellationToken).ConfigureAwait(false);
            return new StoredFrameHistory(claim, [.. logs], options);
        }
        catch (Exception error)
        {
            foreach (FrameLog log in logs)
                await log.DisposeAsync().ConfigureAwait(false);
            if (claim is not null)
                await claim.DisposeAsync().ConfigureAwait(false);
            if (error is not (StorageException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException))
                throw;
            throw new UsageException(
                $"{HistorySettings.SectionName}:{nameof(HistorySettings.Directory)}: {ToolProgram.Shorten(directory)} cannot be used " +
                $"({error.GetBaseException().Message})");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">Too many events wait for the disk.</exception>
    /// <exception cref="Engine.Storage.Records.EventValidationException">No store takes the event.</exception>
    public EventFrame Append(in FrameDraft draft)
    {
        _writer.ThrowIfNotTaken(draft);
        lock (_lock)
        {
            _writer.ThrowIfFull();
            EventFrame frame = _ring.Append(draft);
            _writer.Add(frame);
            return frame;
        }
    }

    /// <summary>Writes what waits, and closes the files.</summary>
    public async ValueTask DisposeAsync()
    {
        await _trimmer.DisposeAsync().ConfigureAwait(false);
        await _writer.DisposeAsync().ConfigureAwait(false);
        foreach (FrameLog log in _logs)
            await log.DisposeAsync().ConfigureAwait(false);
        await _claim.DisposeAsync().ConfigureAwait(false);
    }

    // Another file in the place of one of them is another history.
    private static string EpochOf(FrameLog[] logs)
    {
        byte[] all = System.Text.Encoding.UTF8.GetBytes(string.Join('|', logs.Select(static log => log.Epoch)));
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(all))[..12];
    }

    private void MoveTail(long last)
    {
        Volatile.Write(ref _last, last);
        TailMoved?.Invoke();
    }
}
