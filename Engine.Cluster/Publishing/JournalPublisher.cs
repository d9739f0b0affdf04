using System.Diagnostics;
using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Primitives;
using Engine.Storage.Frames;
using Engine.Storage.Journals;

namespace Engine.Cluster.Publishing;

/// <summary>
/// Sends a journal's frames to the broker, in order, and only what is durable here. The journal is the spool: while the broker is away
/// nothing is kept in memory. The place moves when the broker has acknowledged, and what the hub has not yet audited is not deleted.
/// Reads a journal that this process or another writes. All members are thread-safe.
/// </summary>
public sealed partial class JournalPublisher : IAsyncDisposable
{
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly IClusterTransport _transport;
    private readonly JournalPublisherOptions _options;
    private readonly FrameOrigin _origin;
    private readonly JournalTail _tail;
    private readonly JournalKeeper _keeper;
    private readonly Queue<FrameInFlight> _inFlight = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private PublisherState _state;
    private PublisherState _saved;
    private ClusterException? _fault;
    private (long From, long To)? _repair;
    private long _reported;
    private long _lastUpkeep;
    private long _sentBytes;
    private long _resent;
    private long _noticeErrors;
    private Task? _loop;

    /// <summary>Makes a publisher; it sends nothing before it is started.</summary>
    /// <param name="transport">The way to the broker; stays its maker's.</param>
    /// <param name="options">What is published.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    /// <exception cref="IOException">The place cannot be read or written.</exception>
    public JournalPublisher(IClusterTransport transport, JournalPublisherOptions options)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (_transport, _options) = (transport, options);
        _state = _saved = PublisherState.Load(options.Directory);
        _reported = _state.AuditedFrame;
        _origin = new FrameOrigin(options.Host, _state.Journal, options.Shards);
        _tail = new JournalTail(options.Directory, _state.SentFrame + 1);
        _keeper = new JournalKeeper(options.Directory, options.MaxBacklogBytes);
        _keeper.Begin();
    }

    /// <summary>Identifies the journal.</summary>
    public string Journal => _origin.Journal;

    /// <summary>Times that the one who is told of faults threw.</summary>
    public long NoticeErrorCount => Interlocked.Read(ref _noticeErrors);

    /// <summary>Begins to send, until it is disposed of. Does nothing the second time.</summary>
    public void Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
            _loop ??= Task.Run(RunAsync);
        }
    }

    /// <summary>Takes what the hub says it has. Reports of another journal mean another life of this host, and are ignored.</summary>
    /// <param name="report">The report.</param>
    public void NoteAudit(AuditReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.Journal != _origin.Journal)
            return;
        lock (_lock)
        {
            _reported = Math.Max(_reported, report.Through);
            if (report.GapFrom > 0 && report.GapFrom <= report.GapTo && report.GapFrom <= _state.SentFrame)
                _repair = (report.GapFrom, Math.Min(report.GapTo, _state.SentFrame));
        }
    }

    /// <summary>The counters.</summary>
    public PublisherStatistics GetStatistics()
    {
        lock (_lock)
        {
            return new PublisherStatistics(
                _state.Journal, _tail.DurableFrame, _state.SentFrame, Audited, _state.SentEvents, _sentBytes, _resent,
                _state.LostFrames, _keeper.KeptBytes, _keeper.GivenUp, _fault?.Fault ?? ClusterFault.None, _fault?.Message);
        }
    }

    /// <summary>Ends, and saves the place. What is under way is not waited for: it is sent again.</summary>
    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_lock)
            loop = _loop;
        long start = Stopwatch.GetTimestamp();
        Task cancelling = _stop.CancelAsync();
        if (loop is null || await Endings.WaitAsync(start, _options.CloseTimeout, cancelling, loop).ConfigureAwait(false))
            _tail.Dispose();
        else
            _ = loop.ContinueWith(_ => _tail.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    // Never more than was acknowledged: the hub may have a frame before the broker's word for it is here.
    private long Audited => Math.Min(_reported, _state.SentFrame);

    private async Task RunAsync()
    {
        var delays = new Backoff(FirstRetryDelay, _options.MaxRetryDelay);
        int failures = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                bool isBusy = await StepAsync(_stop.Token).ConfigureAwait(false);
                if (isBusy)
                {
                    failures = 0;
                    SetFault(null);
                }
                else
                {
                    await Task.Delay(_options.PollInterval, _options.TimeProvider, _stop.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception exception)
            {
                SetFault(exception as ClusterException ?? new ClusterException(ClusterFault.Other, exception.Message, exception));
                await GoBackAsync().ConfigureAwait(false);
                await Task.Delay(delays.Nominal(failures++), _options.TimeProvider, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await GoBackAsync().ConfigureAwait(false);
        TrySave();
    }

    /// <returns>Whether there was something to do.</returns>
    private async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        UpkeepIfDue();
        (long From, long To)? repair;
        lock (_lock)
            (repair, _repair) = (_repair, null);
        if (repair is { } range)
        {
            await ResendAsync(range.From, range.To, cancellationToken).ConfigureAwait(false);
            return true;
        }

        while (_inFlight.Count < _options.Window && _tail.TryRead(out JournalFrame frame))
            await BeginAsync(frame, cancellationToken).ConfigureAwait(false);
        if (_inFlight.Count == 0)
            return false;
        FrameInFlight oldest = _inFlight.Peek();
        await oldest.Ack.WaitAsync(cancellationToken).ConfigureAwait(false);
        _inFlight.Dequeue();
        oldest.Return();
        lock (_lock)
        {
            _sentBytes += oldest.Bytes;
            _state = _state with
            {
                SentFrame = oldest.LastFrame,
                SentEvents = _state.SentEvents + oldest.Events,
                LostFrames = _state.LostFrames + oldest.LostFrames,
            };
        }

        return true;
    }

    private async Task BeginAsync(JournalFrame frame, CancellationToken cancellationToken)
    {
        _keeper.Note(frame.Position, frame.Header.FrameNumber);
        long number = frame.Header.FrameNumber;
        // What is read stays only until the next call.
        FrameInFlight sending = FrameInFlight.Of(frame, _transport.MaxMessageBytes);
        if (_tail.MissingBefore > 0)
            await BeginLossAsync(LossOf(_tail, number - _tail.MissingBefore, number - 1), 0, cancellationToken).ConfigureAwait(false);
        if (sending.IsTooLarge)
        {
            await BeginLossAsync(new FrameRangeLoss(number, number, FrameRangeLoss.TooLarge), 0, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Known before anything can fail: what is on its way is waited for before its bytes are given back.
        _inFlight.Enqueue(sending);
        await BeginFrameAsync(frame.Header, sending, 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginFrameAsync(FrameHeader header, FrameInFlight sending, long repeat, CancellationToken cancellationToken)
    {
        var acks = new List<Task>(1);
        try
        {
            foreach (TransportMessage message in FrameWire.Of(_origin, header, sending.Body, repeat, _transport.MaxMessageBytes))
                acks.Add(await _transport.BeginSendAsync(message, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            sending.Ack = acks.Count == 1 ? acks[0] : Task.WhenAll(acks);
        }
    }

    private async Task BeginLossAsync(FrameRangeLoss loss, long repeat, CancellationToken cancellationToken)
    {
        var sending = FrameInFlight.Of(loss);
        sending.Ack = await _transport.BeginSendAsync(FrameWire.Of(_origin, loss, repeat), cancellationToken).ConfigureAwait(false);
        _inFlight.Enqueue(sending);
    }

    private static FrameRangeLoss LossOf(JournalTail tail, long from, long to) => new(
        from, to, to <= tail.ReadDeletion().LastFrameNumber ? FrameRangeLoss.Deleted : FrameRangeLoss.Damaged);

    /// <summary>What is under way may have come or not: it is sent again from the first that is not known to have.</summary>
    private async Task GoBackAsync()
    {
        await AbandonAsync(_inFlight).ConfigureAwait(false);
        _tail.Seek(_state.SentFrame + 1);
    }

    private static async Task AbandonAsync(Queue<FrameInFlight> window)
    {
        while (window.TryDequeue(out FrameInFlight? sending))
        {
            await sending.Ack.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            sending.Return();
        }
    }

    private void UpkeepIfDue()
    {
        long now = _options.TimeProvider.GetTimestamp();
        if (_lastUpkeep != 0 && _options.TimeProvider.GetElapsedTime(_lastUpkeep, now) < _options.SaveInterval)
            return;
        _lastUpkeep = now;
        long audited;
        lock (_lock)
        {
            audited = Audited;
            _state = _state with { AuditedFrame = audited };
        }

        _keeper.Release(audited);
        _keeper.Limit();
        if (_state != _saved)
            Save();
    }

    private void Save()
    {
        PublisherState state = _state;
        state.Save(_options.Directory);
        _saved = state;
    }

    // Without it frames are sent again that the broker has.
    private void TrySave()
    {
        try
        {
            Save();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            SetFault(new ClusterException(ClusterFault.Other, exception.Message, exception));
        }
    }

    private void SetFault(ClusterException? fault)
    {
        bool isNews;
        lock (_lock)
        {
            isNews = _fault?.Fault != fault?.Fault;
            _fault = fault;
        }

        if (!isNews)
            return;
        try
        {
            _options.OnFault?.Invoke(fault);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _noticeErrors);
        }
    }
}
