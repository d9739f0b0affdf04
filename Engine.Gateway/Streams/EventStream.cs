using Engine.Gateway.Events;
using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

/// <summary>
/// One client's stream. It has a cursor and nothing else of the events: they stay in the history, and are read when the client
/// has taken what it got before. Runs on one thread of control.
/// </summary>
internal sealed partial class EventStream
{
    private static readonly byte[] HeartbeatComment = SseText.Comment("");

    private readonly EventGateway _gateway;
    private readonly StreamOutput _output;
    private readonly CancellationToken _aborted;
    private readonly PumpWaiter _waiter = new();
    private readonly ByteBudget _budget;
    private readonly long _openedAt;
    private readonly long _historyEnd;
    private readonly bool _isFinite;
    private long _cursor;
    private long _sentId = -1;
    private long _lastWrite;
    private long _sent;
    private long _dropped;
    private long _announcedStep;
    private bool _isCaughtUp;
    private bool _isHeldBack;
    private StreamEnd? _end;

    public EventStream(EventGateway gateway, long id, in StreamOpening opening)
    {
        Id = id;
        User = opening.Request.User;
        _gateway = gateway;
        _output = opening.Output;
        _aborted = opening.Aborted;
        _filter = gateway.Filters.Share(opening.Request.Filter);
        _cursor = opening.Plan.Cursor;
        _historyEnd = opening.Plan.HistoryEnd;
        _isFinite = opening.Plan.IsFinite;
        _isCaughtUp = !opening.Plan.HasHistory;
        _budget = ByteBudget.Of(gateway.Options.BytesPerSecond, gateway.TimeProvider);
        _openedAt = _lastWrite = gateway.TimeProvider.GetTimestamp();
    }

    public long Id { get; }

    public string FilterText => Volatile.Read(ref _filter).Text;

    /// <summary>Who opened it; null if nobody is authenticated.</summary>
    public string? User { get; }

    /// <summary>Cuts the connection; may be called from any thread.</summary>
    public void CutOff() => _output.Abort();

    public GatewayStream Describe() => new(
        Id,
        FilterText,
        Math.Round(_gateway.TimeProvider.GetElapsedTime(_openedAt).TotalSeconds, 1),
        Volatile.Read(ref _sent),
        Math.Max(0, _gateway.History.LastSequence - Volatile.Read(ref _cursor)),
        Volatile.Read(ref _dropped),
        _output.Encoding);

    /// <summary>Sends events until the stream ends; does not throw for what clients do.</summary>
    /// <param name="opening">What the stream was opened with.</param>
    public Task<StreamEnd> RunAsync(in StreamOpening opening)
    {
        try
        {
            Begin(opening);
        }
        catch (Exception error)
        {
            return Task.FromException<StreamEnd>(error);
        }

        return RunAsync();
    }

    private async Task<StreamEnd> RunAsync()
    {
        if (!await FlushAsync(0).ConfigureAwait(false))
            return _end!.Value;
        using CancellationTokenRegistration waking = _aborted.UnsafeRegister(
            static waiter => ((PumpWaiter)waiter!).Wake(), _waiter);
        while (true)
        {
            // In this order: what comes behind these looks ends the wait, and what was published before a stop is sent.
            long pulses = _gateway.Pump.Pulses;
            bool isStopping = _gateway.IsStopping;
            AnnounceDegradation();
            TakeFilter();
            long upTo = await FindEndAsync().ConfigureAwait(false);
            if (!await SendUpToAsync(upTo).ConfigureAwait(false))
                return _end!.Value;
            bool isOver = upTo != long.MaxValue && _cursor >= upTo;
            if (isOver || isStopping)
                return await FinishAsync(isOver).ConfigureAwait(false);
            Beat();
            if (_hasUnflushed && !await FlushAsync(0).ConfigureAwait(false))
                return _end!.Value;
            if (_gateway.History.LastSequence > _cursor || HasFilterChange)
                continue;
            await WaitAsync(pulses).ConfigureAwait(false);
            if (_aborted.IsCancellationRequested)
                return StreamEnd.ClientGone;
        }
    }

    private ValueTask WaitAsync(long pulses)
    {
        ValueTask wait = _gateway.Pump.WaitAsync(_waiter, pulses);
        // An abort that came before the wait has woken nobody.
        if (_aborted.IsCancellationRequested)
            _waiter.Wake();
        return wait;
    }

    private void Begin(in StreamOpening opening)
    {
        Write(SseText.Comment($"stream {Id}"));
        Write(SseText.Block(id: IdOf(_cursor), retry: _gateway.Options.Retry));
        if (opening.Plan.ResetReason is string reason)
        {
            GatewayCounters.Add(ref _gateway.Counters.Resets, 1);
            WriteControl(ControlEvents.Reset, $"{{\"epoch\":\"{_gateway.History.Epoch}\",\"from\":{_cursor + 1},\"reason\":\"{reason}\"}}");
        }
        else if (opening.Request.Resume is not null)
        {
            GatewayCounters.Add(ref _gateway.Counters.Resumes, 1);
        }
    }

    /// <summary>The last event of the stream; none yet while it is live.</summary>
    private async ValueTask<long> FindEndAsync()
    {
        if (_isFinite)
            return _historyEnd;
        if (_filter.Filter.End is not { } end || end > _gateway.TimeProvider.GetUtcNow())
            return long.MaxValue;
        return await _gateway.History.FindBeforeAsync(end, _aborted).ConfigureAwait(false);
    }

    private async ValueTask<StreamEnd> FinishAsync(bool isOver)
    {
        if (isOver)
        {
            WriteControl(ControlEvents.End, $"{{\"last\":{_cursor}}}");
        }
        else
        {
            // They do not all come back at once.
            double retry = _gateway.Options.Retry.TotalMilliseconds * (1 + Random.Shared.NextDouble());
            Write(SseText.Block(id: IdOf(_cursor), retry: TimeSpan.FromMilliseconds(retry)));
        }

        if (!await FlushAsync(0).ConfigureAwait(false))
            return _end!.Value;
        return isOver ? StreamEnd.Completed : StreamEnd.Stopping;
    }

    private void AnnounceDegradation()
    {
        DegradationStep step = _gateway.Ladder.Step;
        if (step.Number == _announcedStep)
            return;
        _announcedStep = step.Number;
        // A stream that has begun behind all steps down need not know of them.
        if (step.Level == Degradation.None && _sentDegradation == Degradation.None)
            return;
        _sentDegradation = step.Level;
        WriteControl(
            ControlEvents.Degraded,
            $"{{\"level\":{(int)step.Level},\"name\":\"{DegradationNames.Of(step.Level)}\",\"cause\":\"{step.Cause}\"," +
            $"\"since\":\"{UtcTimeConverter.Write(step.Since)}\"}}");
    }

    /// <summary>Writes something where nothing has been written for long: the cursor if it has moved, otherwise a comment.</summary>
    private void Beat()
    {
        if (_gateway.TimeProvider.GetElapsedTime(_lastWrite) + _gateway.Pump.PulseInterval < _gateway.Options.Heartbeat)
            return;
        GatewayCounters.Add(ref _gateway.Counters.Heartbeats, 1);
        if (_cursor > _sentId)
        {
            _sentId = _cursor;
            Write(SseText.Block(id: IdOf(_cursor)));
        }
        else
        {
            Write(HeartbeatComment);
        }
    }

    private void WriteControl(string name, string data)
    {
        _sentId = _cursor;
        Write(SseText.Block(name, data, IdOf(_cursor)));
    }

    private string IdOf(long sequence) => new StreamCursor(_gateway.History.Epoch, sequence).ToString();
}
