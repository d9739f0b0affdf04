using System.Collections.Concurrent;
using System.Net;
using Engine.Gateway.Events;
using Engine.Gateway.Frames;
using Microsoft.Extensions.ObjectPool;

namespace Engine.Gateway.Streams;

/// <summary>
/// Takes events and sends them to any number of streams, which may ask for what was before, and go on where they were cut off.
/// Each event is serialized once. Publishing never waits for a client. All members are thread-safe.
/// </summary>
public sealed partial class EventGateway : IAsyncDisposable
{
    /// <summary>Characters of a resource id at most.</summary>
    public const int MaxResourceIdLength = 255;

    private readonly TailPump _pump;
    private readonly GatewayMeter _meter;
    private readonly ConcurrentDictionary<long, EventStream> _streams = new();
    private readonly ObjectPool<EnvelopeWriter> _writers = new DefaultObjectPool<EnvelopeWriter>(
        new DefaultPooledObjectPolicy<EnvelopeWriter>());

    private readonly PressureGauge _pressure;
    private long _lastStreamId;
    private volatile bool _isStopping;
    private Task? _stop;

    /// <summary>Makes a gateway.</summary>
    /// <param name="catalog">Its event types; by default the standard ones and those of machines and buses.</param>
    /// <param name="options">How it works; copied.</param>
    /// <param name="history">Where events are kept; by default in memory.</param>
    /// <param name="timeProvider">The clock; by default the system's.</param>
    /// <exception cref="InvalidGatewayOptionsException">Options break rules.</exception>
    public EventGateway(
        EventCatalog? catalog = null, GatewayOptions? options = null, IFrameHistory? history = null, TimeProvider? timeProvider = null)
    {
        Options = (options ?? new GatewayOptions()).Copy();
        Options.Validate();
        TimeProvider = timeProvider ?? TimeProvider.System;
        Catalog = catalog ?? new EventCatalog([.. EventCatalog.Standard, .. EventCatalog.Own]);
        History = history ?? new FrameRing(Options.HistoryEvents, Options.TotalBytes, TimeProvider);
        Slots = new StreamSlots(Options);
        TotalBudget = ByteBudget.Of(Options.TotalBytesPerSecond, TimeProvider);
        _pressure = new PressureGauge(this);
        _pump = new TailPump(Options, () => History.LastSequence, () => Ladder.Step.Level >= Degradation.LongBatches ? 4 : 1, OnPulse);
        _meter = new GatewayMeter(this);
        History.TailMoved += _pump.Signal;
    }

    /// <summary>Its event types.</summary>
    public EventCatalog Catalog { get; }

    /// <summary>Where events are kept.</summary>
    public IFrameHistory History { get; }

    /// <summary>
    /// Called with each event that is not published, on the publisher's thread. What it throws is dropped. Null for nobody.
    /// </summary>
    public Action<SkippedEvent>? OnSkipped { get; set; }

    /// <summary>Whether no more streams are taken.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>How it works. Not to be changed.</summary>
    internal GatewayOptions Options { get; }

    internal TimeProvider TimeProvider { get; }

    internal StreamSlots Slots { get; }

    internal ByteBudget TotalBudget { get; }

    internal FilterExpressions Expressions { get; } = new();

    internal SharedFilters Filters { get; } = new();

    internal DegradationLadder Ladder { get; } = new();

    internal GatewayCounters Counters { get; } = new();

    internal TailPump Pump => _pump;

    internal ObjectPool<FrameBatch> Batches { get; } = new DefaultObjectPool<FrameBatch>(new BatchPolicy());

    /// <summary>
    /// Publishes an event. Does not wait, and throws for nothing that is in the event: one that cannot go out is counted, and the
    /// streams go on.
    /// </summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="resourceId">What it is about; 1 to <see cref="MaxResourceIdLength"/> characters.</param>
    /// <param name="occurredAt">When it happened; null for now.</param>
    public GatewayPublishOutcome Publish<T>(in T @event, string resourceId, DateTimeOffset? occurredAt = null)
        where T : IGatewayEvent<T>
    {
        GatewayPublishOutcome outcome = TryPublish(@event, resourceId, occurredAt, out string? problem);
        if (outcome == GatewayPublishOutcome.Published)
        {
            Interlocked.Increment(ref Counters.Published);
            return outcome;
        }

        Interlocked.Increment(ref Counters.Skipped);
        Report(new SkippedEvent(typeof(T), resourceId, outcome, problem));
        return outcome;
    }

    /// <summary>Reads all counters. Allocates; delays nobody.</summary>
    public GatewayStatistics GetStatistics() => Counters.Read() with
    {
        Open = Slots.Open,
        Peak = Slots.Peak,
        Degradation = Ladder.Step.Level,
        DegradationSteps = Ladder.Step.Number,
        FirstSequence = History.FirstSequence,
        LastSequence = History.LastSequence,
        OpenByFilter = _streams.Values.GroupBy(static stream => stream.FilterText).OrderByDescending(static same => same.Count()).Take(100)
            .ToDictionary(static same => same.Key, static same => same.Count()),
    };

    /// <summary>The streams that are open, the oldest first.</summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<GatewayStream> GetStreams(int most) =>
        [.. _streams.Values.OrderBy(static stream => stream.Id).Take(most).Select(static stream => stream.Describe())];

    /// <summary>
    /// Ends all streams: takes no more, sends the open ones what is there and when to come back, and waits until they have ended or
    /// the stop time-out is over; those that are left then are cut off. Further calls wait for the first.
    /// </summary>
    public Task StopAsync()
    {
        lock (_streams)
            return _stop ??= Task.Run(StopCoreAsync);
    }

    /// <summary>Stops the gateway.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _meter.Dispose();
    }

    internal EventStream? Open(in StreamOpening opening)
    {
        var stream = new EventStream(this, Interlocked.Increment(ref _lastStreamId), opening);
        _streams[stream.Id] = stream;
        // A stop that has begun meanwhile sees the stream, or this sees the stop.
        if (_isStopping && _streams.TryRemove(stream.Id, out _))
            return null;
        Interlocked.Increment(ref Counters.Opened);
        return stream;
    }

    internal EventStream? Find(long streamId) => _streams.GetValueOrDefault(streamId);

    internal void Close(EventStream stream, StreamEnd end)
    {
        _streams.TryRemove(stream.Id, out _);
        Counters.End(end);
    }

    internal string RetryAfter(IPAddress? address) =>
        // So that those who are refused together do not come back together.
        (1 + (uint)(HashCode.Combine(address, TimeProvider.GetTimestamp()) & 0x7FFF_FFFF) % 5).ToString("0", null);

    private GatewayPublishOutcome TryPublish<T>(in T @event, string resourceId, DateTimeOffset? occurredAt, out string? problem)
        where T : IGatewayEvent<T>
    {
        problem = null;
        if (_pump.Completion.IsCompleted)
            return GatewayPublishOutcome.Stopped;
        if (!Catalog.TryGet(out GatewayEventType.Typed<T>? type) || !Catalog.WireNames.TryGetWireName(type.EventName, out string? wireName))
            return GatewayPublishOutcome.UnknownType;
        if (@event is null || string.IsNullOrWhiteSpace(resourceId) || resourceId.Length > MaxResourceIdLength)
        {
            problem = $"The resource id must have 1 to {MaxResourceIdLength} characters, and the event must not be null.";
            return GatewayPublishOutcome.Invalid;
        }

        EnvelopeWriter writer = _writers.Get();
        GatewayPublishOutcome outcome = GatewayPublishOutcome.Unserializable;
        try
        {
            problem = string.Join(' ', @event.FindProblems());
            if (problem.Length > 0)
                return outcome = GatewayPublishOutcome.Invalid;
            EventFacets facets = @event.GetFacets();
            ReadOnlyMemory<byte> envelope = writer.Write(type, wireName, resourceId, occurredAt ?? TimeProvider.GetUtcNow(), @event);
            outcome = GatewayPublishOutcome.NotRecorded;
            return outcome = Record(new FrameDraft(wireName, resourceId, type.Traffic, facets, envelope), out problem);
        }
        catch (Exception error)
        {
            // Foreign code: the event's, or the history's.
            problem = $"{error.GetType().Name}: {error.Message}";
            return outcome;
        }
        finally
        {
            // One that has failed may hold half an event.
            if (outcome == GatewayPublishOutcome.Unserializable)
                writer.Dispose();
            else
                _writers.Return(writer);
        }
    }

    private GatewayPublishOutcome Record(in FrameDraft draft, out string? problem)
    {
        problem = null;
        if (draft.Envelope.Length > Options.MaxEventBytes)
        {
            problem = $"Its JSON has {draft.Envelope.Length} bytes; at most {Options.MaxEventBytes} are allowed.";
            return GatewayPublishOutcome.TooLarge;
        }

        History.Append(draft);
        return GatewayPublishOutcome.Published;
    }

    private void Report(in SkippedEvent skipped)
    {
        try
        {
            OnSkipped?.Invoke(skipped);
        }
        catch (Exception)
        {
            // Foreign code; the event is counted all the same.
        }
    }

    private void OnPulse() => _pressure.Look();

    private async Task StopCoreAsync()
    {
        _isStopping = true;
        _pump.Pulse();
        long start = TimeProvider.GetTimestamp();
        while (!_streams.IsEmpty && TimeProvider.GetElapsedTime(start) < Options.StopTimeout)
            await Task.Delay(20).ConfigureAwait(false);
        foreach (EventStream stream in _streams.Values)
            stream.CutOff();
        History.TailMoved -= _pump.Signal;
        _pump.Dispose();
        await _pump.Completion.ConfigureAwait(false);
    }

    private sealed class BatchPolicy : PooledObjectPolicy<FrameBatch>
    {
        public override FrameBatch Create() => new();

        public override bool Return(FrameBatch obj)
        {
            obj.Clear();
            obj.Filter = FrameFilter.All;
            return true;
        }
    }
}
