using System.IO.Pipelines;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;

namespace Engine.Gateway.Streams;

internal sealed partial class EventStream
{
    private const long MaxBatchBytes = 64 * 1024;

    private bool _hasUnflushed;
    private Degradation _sentDegradation;
    private long _missingTo;

    /// <summary>Sends all that is there, batch by batch; false when the stream has ended.</summary>
    private async ValueTask<bool> SendUpToAsync(long end)
    {
        FrameBatch batch = _gateway.Batches.Get();
        try
        {
            while (true)
            {
                long upTo = Math.Min(end, _isCaughtUp ? _gateway.History.LastSequence : _historyEnd);
                if (_cursor < upTo)
                {
                    await ReadAsync(batch, upTo).ConfigureAwait(false);
                    if (!await SendAsync(batch).ConfigureAwait(false))
                        return false;
                }

                if (!_isCaughtUp && _cursor >= _historyEnd)
                {
                    _isCaughtUp = true;
                    if (!_isFinite)
                        WriteControl(ControlEvents.CaughtUp, $"{{\"last\":{_cursor}}}");
                }
                else if (_cursor >= upTo)
                {
                    return true;
                }
            }
        }
        finally
        {
            _gateway.Batches.Return(batch);
        }
    }

    private ValueTask ReadAsync(FrameBatch batch, long upTo)
    {
        GatewayOptions options = _gateway.Options;
        batch.Clear();
        batch.Cursor = _cursor;
        batch.UpTo = upTo;
        batch.Filter = _filter.Filter;
        // History that was asked for is sent whole.
        batch.Degradation = _isCaughtUp ? _gateway.Ladder.Step.Level : Degradation.None;
        batch.MaxFrames = options.BatchEvents * (batch.Degradation >= Degradation.LongBatches ? 4 : 1);
        batch.MaxBytes = options.BytesPerSecond > 0 ? Math.Min(MaxBatchBytes, options.BytesPerSecond) : MaxBatchBytes;
        return _gateway.History.ReadAsync(batch, _aborted);
    }

    private async ValueTask<bool> SendAsync(FrameBatch batch)
    {
        GatewayCounters counters = _gateway.Counters;
        GatewayCounters.Add(ref counters.Coalesced, batch.Coalesced);
        GatewayCounters.Add(ref counters.Shed, batch.Shed);
        if (batch.GapTo > 0)
        {
            Volatile.Write(ref _cursor, batch.GapTo);
            WriteGap(batch.GapFrom, _cursor, "trimmed", dropped: null);
        }

        if (batch.MissingTo > Math.Max(_cursor, _missingTo))
        {
            WriteGap(_cursor + 1, batch.MissingTo, "trimmed", dropped: null);
            _missingTo = batch.MissingTo;
        }

        Volatile.Write(ref _cursor, batch.Cursor);
        if (batch.Frames.Count == 0)
            return true;
        if (!await PaceAsync(batch.Bytes).ConfigureAwait(false))
            return false;
        foreach (EventFrame frame in batch.Frames)
            Write(frame.Block.Span);
        _sentId = batch.Frames[^1].Sequence;
        bool isLive = _isCaughtUp;
        if (!await FlushAsync(batch.Bytes).ConfigureAwait(false))
            return false;
        Volatile.Write(ref _sent, _sent + batch.Frames.Count);
        GatewayCounters.Add(ref counters.Sent, batch.Frames.Count);
        GatewayCounters.Add(ref counters.SentBytes, batch.Bytes);
        if (isLive)
            RecordLatency(batch.Frames[0]);
        return !_isHeldBack || !isLive || await MeetSlownessAsync(batch).ConfigureAwait(false);
    }

    private void RecordLatency(EventFrame oldest)
    {
        // A history that is not in memory does not know.
        if (oldest.Timestamp == 0)
            return;
        long nanoseconds = _gateway.TimeProvider.GetElapsedTime(oldest.Timestamp).Ticks * TimeSpan.NanosecondsPerTick;
        _gateway.Counters.Latency.RecordShared(nanoseconds);
        if (!_isHeldBack)
            _gateway.Counters.OwnLatency.RecordShared(nanoseconds);
    }

    /// <summary>Waits until bytes may be written, as far as rates are limited.</summary>
    private async ValueTask<bool> PaceAsync(long bytes)
    {
        TimeSpan own = _budget.Take(bytes);
        TimeSpan all = _gateway.TotalBudget.Take(bytes);
        TimeSpan wait = own > all ? own : all;
        _isHeldBack = wait > TimeSpan.Zero;
        if (!_isHeldBack)
            return true;
        if (_hasUnflushed && !await FlushAsync(0).ConfigureAwait(false))
            return false;
        await Task.Delay(wait, _gateway.TimeProvider, _aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _isHeldBack = true;
        return !_aborted.IsCancellationRequested || Ended(StreamEnd.ClientGone);
    }

    /// <summary>Looks how much has come while the client was taking the last batch, and does what the policy says.</summary>
    private async ValueTask<bool> MeetSlownessAsync(FrameBatch batch)
    {
        GatewayOptions options = _gateway.Options;
        long tail = _gateway.History.LastSequence;
        await MeasureAsync(batch, tail, options.BufferEvents + 1, options.BufferBytes + 1).ConfigureAwait(false);
        if (batch.Frames.Count <= options.BufferEvents && batch.Bytes <= options.BufferBytes)
            return true;
        if (options.SlowClient == SlowClientPolicy.Disconnect)
            return Ended(StreamEnd.TooSlow);
        long start = await _gateway.History.FindNewestAsync(_filter.Filter, tail, options.BufferEvents, _aborted).ConfigureAwait(false);
        long from = _cursor + 1;
        long dropped = 0;
        while (_cursor < start)
        {
            await MeasureAsync(batch, start, 1024, long.MaxValue).ConfigureAwait(false);
            dropped += batch.Frames.Count;
            Volatile.Write(ref _cursor, batch.Cursor);
        }

        Volatile.Write(ref _dropped, _dropped + dropped);
        GatewayCounters.Add(ref _gateway.Counters.Dropped, dropped);
        if (_cursor >= from)
            WriteGap(from, _cursor, "slow", dropped);
        return true;
    }

    private ValueTask MeasureAsync(FrameBatch batch, long upTo, int maxFrames, long maxBytes)
    {
        batch.Clear();
        (batch.Cursor, batch.UpTo, batch.MaxFrames, batch.MaxBytes) = (_cursor, upTo, maxFrames, maxBytes);
        return _gateway.History.ReadAsync(batch, _aborted);
    }

    private void WriteGap(long from, long to, string reason, long? dropped)
    {
        GatewayCounters.Add(ref _gateway.Counters.Gaps, 1);
        WriteControl(
            ControlEvents.Gap,
            $"{{\"from\":{from},\"to\":{to},\"reason\":\"{reason}\",\"dropped\":{dropped?.ToString("0", null) ?? "null"}}}");
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _hasUnflushed = true;
    }

    /// <summary>Flushes what has been written; false when the stream has ended.</summary>
    /// <param name="bytes">Bytes of events in it, for the bound on all streams.</param>
    private async ValueTask<bool> FlushAsync(long bytes)
    {
        _hasUnflushed = false;
        GatewayCounters.Add(ref _gateway.Counters.Flushes, 1);
        ValueTask<FlushResult> flush = _output.FlushAsync(_aborted);
        if (!flush.IsCompleted)
        {
            _isHeldBack = true;
            return await AwaitFlushAsync(flush.AsTask(), bytes).ConfigureAwait(false);
        }

        return await IsFlushedAsync(flush).ConfigureAwait(false);
    }

    private async ValueTask<bool> AwaitFlushAsync(Task<FlushResult> flush, long bytes)
    {
        long waiting = Interlocked.Add(ref _gateway.Counters.WaitingBytes, bytes);
        try
        {
            if (waiting > _gateway.Options.TotalBytes)
                return Ended(StreamEnd.TotalBytes);
            await flush.WaitAsync(_gateway.Options.WriteTimeout, _gateway.TimeProvider).ConfigureAwait(false);
            return await IsFlushedAsync(new ValueTask<FlushResult>(flush)).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return Ended(StreamEnd.WriteTimeout);
        }
        catch (Exception) when (flush.IsFaulted || flush.IsCanceled)
        {
            return Ended(StreamEnd.ClientGone);
        }
        finally
        {
            Interlocked.Add(ref _gateway.Counters.WaitingBytes, -bytes);
        }
    }

    private async ValueTask<bool> IsFlushedAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            FlushResult result = await flush.ConfigureAwait(false);
            _lastWrite = _gateway.TimeProvider.GetTimestamp();
            return !(result.IsCompleted || result.IsCanceled || _aborted.IsCancellationRequested) || Ended(StreamEnd.ClientGone);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or InvalidOperationException)
        {
            return Ended(StreamEnd.ClientGone);
        }
    }

    // What the client did not take is not waited for.
    private bool Ended(StreamEnd end)
    {
        _end = end;
        _output.Abort();
        return false;
    }
}
