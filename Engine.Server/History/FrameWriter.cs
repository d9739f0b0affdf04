using System.Threading.Channels;
using Engine.Gateway.Frames;
using Engine.Primitives;
using Engine.Storage.Records;

namespace Engine.Server.History;

/// <summary>
/// Writes events to the logs, in groups, in the order of their sequences. What cannot be written is tried again, and holds up what is
/// behind it; where too much waits, no more is taken. <see cref="Add"/> is called by one thread at a time.
/// </summary>
internal sealed class FrameWriter : IAsyncDisposable
{
    public const int MaxWaiting = 20_000;
    public const long MaxWaitingBytes = 64L << 20;

    private const int MaxGroup = 1024;

    private static readonly Backoff s_delays = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5));
    private static readonly TimeSpan s_stopTime = TimeSpan.FromSeconds(5);

    private readonly Channel<EventFrame> _channel = Channel.CreateUnbounded<EventFrame>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly FrameLog[] _logs;
    private readonly FrameRecords _records;
    private readonly HistoryOptions _options;
    private readonly Action<long> _onWritten;
    private readonly Task _task;
    private int _waiting;
    private long _waitingBytes;
    private volatile string? _problem;

    /// <param name="logs">Where to write.</param>
    /// <param name="records">How.</param>
    /// <param name="options">The clock and the log.</param>
    /// <param name="onWritten">Called with the last sequence of each group that is durable.</param>
    public FrameWriter(FrameLog[] logs, FrameRecords records, HistoryOptions options, Action<long> onWritten)
    {
        (_logs, _records, _options, _onWritten) = (logs, records, options, onWritten);
        _task = Task.Run(WriteAllAsync);
    }

    /// <summary>Events that wait.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Why events cannot be written at the moment; null if they can.</summary>
    public string? Problem => _problem;

    /// <exception cref="InvalidOperationException">Too much waits.</exception>
    public void ThrowIfFull()
    {
        if (Waiting >= MaxWaiting || Volatile.Read(ref _waitingBytes) >= MaxWaitingBytes)
        {
            throw new InvalidOperationException(
                $"{Waiting} events wait to be stored, and no more can wait ({_problem ?? "the disk is slow"}).");
        }
    }

    /// <exception cref="EventValidationException">No store takes the event.</exception>
    public void ThrowIfNotTaken(in FrameDraft draft)
    {
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        IReadOnlyList<EventProblem> problems = EventValidation.Find(_records.ToRecord(1, now, draft), now, FrameRecords.Limits);
        if (problems.Count > 0)
            throw new EventValidationException(problems);
    }

    /// <summary>Takes the next event.</summary>
    public void Add(EventFrame frame)
    {
        Interlocked.Increment(ref _waiting);
        Interlocked.Add(ref _waitingBytes, frame.Block.Length);
        _channel.Writer.TryWrite(frame);
    }

    /// <summary>Writes what waits, for a few seconds at most.</summary>
    public async ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        await _task.WaitAsync(s_stopTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _stop.CancelAsync().ConfigureAwait(false);
        // A disk that answers no more is left alone.
        await _task.WaitAsync(s_stopTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Waiting > 0 && _options.Logger is { } logger)
            HistoryLog.Lost(logger, Waiting);
        _stop.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var group = new List<EventFrame>();
        while (await _channel.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            group.Clear();
            while (group.Count < MaxGroup && _channel.Reader.TryRead(out EventFrame? frame))
                group.Add(frame);
            if (!await WriteAsync(group).ConfigureAwait(false))
                return;
            Interlocked.Add(ref _waiting, -group.Count);
            Interlocked.Add(ref _waitingBytes, -group.Sum(static frame => (long)frame.Block.Length));
            _onWritten(group[^1].Sequence);
        }
    }

    /// <summary>Writes a group, however often it has to try; false if it has to end before.</summary>
    private async ValueTask<bool> WriteAsync(List<EventFrame> group)
    {
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        (FrameLog Log, StoredEvent[] Records)[] parts =
        [
            .. _logs.Select(log => (log, group.Where(frame => frame.Traffic == log.Traffic)
                .Select(frame => _records.ToRecord(frame, now)).ToArray())).Where(static part => part.Item2.Length > 0),
        ];
        for (int failures = 0; ; failures++)
        {
            try
            {
                foreach ((FrameLog log, StoredEvent[] records) in parts)
                    await log.AppendAsync(records).ConfigureAwait(false);

                if (_problem is not null && _options.Logger is { } logger)
                    HistoryLog.Mended(logger, Waiting);
                _problem = null;
                return true;
            }
            catch (Exception error)
            {
                if (_problem is null && _options.Logger is { } logger)
                    HistoryLog.Fault(logger, error.GetBaseException().Message);
                _problem = error.GetBaseException().Message;
            }

            await Task.Delay(s_delays.Nominal(failures), _options.TimeProvider, _stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested)
                return false;
        }
    }
}
