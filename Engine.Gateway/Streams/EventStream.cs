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
    private readonly StreamOpening _opening;
    private readonly ByteBudget _budget;
    private readonly long _openedAt;
    private long _cursor;
    private long _sentId = -1;
    private long _lastWrite;
    private long _sent;
    private long _dropped;
    private long _announcedStep;
    private bool _isCaughtUp;
    private bool _isHeldBack;
    private StreamEnd? _end;

    public EventStream(EventGateway gateway, long id, StreamOpening opening)
    {
        Id = id;
        _gateway = gateway;
        _opening = opening;
        _filter = opening.Request.Filter;
        _filterText = _filter.ToString();
        _cursor = opening.Plan.Cursor;
        _isCaughtUp = !opening.Plan.HasHistory;
        _budget = new ByteBudget(gateway.Options.BytesPerSecond, gateway.TimeProvider);
        _openedAt = _lastWrite = gateway.TimeProvider.GetTimestamp();
    }

    public long Id { get; }

    public string FilterText => Volatile.Read(ref _filterText);

    /// <summary>Who opened it; null if nobody is authenticated.</summary>
    public string? User => _opening.Request.User;

    /// <summary>Cuts the connection; may be called from any thread.</summary>
    public void CutOff() => _opening.Abort();

    public GatewayStream Describe() => new(
        Id,
        FilterText,
        Math.Round(_gateway.TimeProvider.GetElapsedTime(_openedAt).TotalSeconds, 1),
        Volatile.Read(ref _sent),
        Math.Max(0, _gateway.History.LastSequence - Volatile.Read(ref _cursor)),
        Volatile.Read(ref _dropped),
        _opening.Output.Encoding);

    /// <summary>Sends events until the stream ends; does not throw for what clients do.</summary>
    public async Task<StreamEnd> RunAsync()
    {
        if (!await BeginAsync().ConfigureAwait(false))
            return _end!.Value;
        while (true)
        {
            // In this order: what comes behind these looks completes the task, and what was published before a stop is sent.
            Task next = _gateway.Pump.Next;
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
            await next.WaitAsync(_opening.Aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_opening.Aborted.IsCancellationRequested)
                return StreamEnd.ClientGone;
        }
    }

    private ValueTask<bool> BeginAsync()
    {
        StreamPlan plan = _opening.Plan;
        Write(SseText.Comment($"stream {Id}"));
        Write(SseText.Block(id: IdOf(_cursor), retry: _gateway.Options.Retry));
        if (plan.ResetReason is string reason)
        {
            GatewayCounters.Add(ref _gateway.Counters.Resets, 1);
            WriteControl(ControlEvents.Reset, $"{{\"epoch\":\"{_gateway.History.Epoch}\",\"from\":{_cursor + 1},\"reason\":\"{reason}\"}}");
        }
        else if (_opening.Request.Resume is not null)
        {
            GatewayCounters.Add(ref _gateway.Counters.Resumes, 1);
        }

        return FlushAsync(0);
    }

    /// <summary>The last event of the stream; none yet while it is live.</summary>
    private async ValueTask<long> FindEndAsync()
    {
        if (_opening.Plan.IsFinite)
            return _opening.Plan.HistoryEnd;
        if (_filter.End is not { } end || end > _gateway.TimeProvider.GetUtcNow())
            return long.MaxValue;
        return await _gateway.History.FindBeforeAsync(end, _opening.Aborted).ConfigureAwait(false);
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
