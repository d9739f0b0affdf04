using System.Diagnostics.Metrics;

namespace Engine.Diagnostics;

/// <summary>
/// The meter <c>Engine</c>: instruments that read the engines' own counters when somebody collects, so that publishing and
/// dispatching pay nothing. They are listed in <c>docs/diagnostics.md</c>.
/// <para>
/// A meter carries all its engines, told apart by the tag <c>engine.name</c>. Engines of one name are added up in counters and
/// up-down counters; of gauges the largest value counts.
/// </para>
/// </summary>
internal sealed class EngineMeter
{
    public const string MeterName = "Engine";

    private const string EngineTag = "engine.name";
    private const string EventTypeTag = "engine.event.type";
    private const string ProducerTag = "engine.producer";
    private const string DispatcherTag = "engine.dispatcher";

    private static readonly string[] EventTypeTags = [EventTypeTag];
    private static readonly string[] LatencyTags = [EventTypeTag, SnapshotMeter<IMeasuredEngine>.QuantileTag];
    private static readonly string[] LaneTags = [EventTypeTag, ProducerTag];
    private static readonly string[] DispatcherTags = [DispatcherTag];
    private static readonly MeterScopes<EngineMeter> Scopes = new(MeterName, static meter => new EngineMeter(meter));

    private readonly Meter _meter;
    private readonly SnapshotMeter<IMeasuredEngine> _running;

    private EngineMeter(Meter meter)
    {
        _meter = meter;
        _running = new SnapshotMeter<IMeasuredEngine>(meter, EngineTag, static engine => engine.Name, () => Engines.Running);
        AddCounters();
        AddEventTypeInstruments();
        AddLaneInstruments();
        AddDispatcherInstruments();
    }

    public MeasuredEngines Engines { get; } = new();

    /// <summary>The meter of a factory, which owns it, or the process's own.</summary>
    public static EngineMeter For(IMeterFactory? factory) => Scopes.For(factory);

    private void AddCounters()
    {
        Count("engine.events.published", "{event}", "Events accepted, those dropped afterwards by policy included.",
            static t => t.Ledger.Published);
        Count("engine.events.dispatched", "{event}", "Events handed to the handlers.", static t => t.Ledger.Dispatched);
        Count("engine.events.undelivered", "{event}", "Events left in the ring by their last subscriber.",
            static t => t.Ledger.Undelivered);
        Count("engine.events.lost", "{event}", "Events dropped or overwritten by the overflow policy.", static t => t.Ledger.Lost);
        Count("engine.events.rejected", "{event}", "Events refused, and reported so to the publisher.", static t => t.Ledger.Rejected);
        Count("engine.dispatch.batches", "{batch}", "Batches dispatched.", static t => t.Batches);
        Count("engine.publish.stalls", "{stall}", "Times a publisher waited for a free slot.", static t => t.Ledger.Stalls);
        Count("engine.publish.stall.duration", "s", "Time publishers waited for free slots.", static t => Seconds(t.Ledger.StallTicks));
        Count("engine.handler.errors", "{error}", "Times a handler, filter or loss callback threw.", static t => t.HandlerErrors);
    }

    private void AddEventTypeInstruments()
    {
        _running.UpDownCounter(
            "engine.subscriptions", "{subscription}", "Active subscriptions.", EventTypeTags,
            static engine => engine.ReadEventTypes().Select(
                static type => new SeriesReading<long>(type.Name, null, type.SubscriptionCount)));
        _running.Gauge(
            "engine.dispatch.batch.size", "{event}", "Mean events per batch since the engine was built.", EventTypeTags,
            static engine => engine.ReadEventTypes()
                .Where(static type => type.Batches > 0)
                .Select(static type => new SeriesReading<double>(type.Name, null, type.AverageBatch)));
        _running.Gauge(
            "engine.dispatch.batch.size.max", "{event}", "Events of the largest batch since the engine was built.", EventTypeTags,
            static engine => engine.ReadEventTypes()
                .Where(static type => type.Batches > 0)
                .Select(static type => new SeriesReading<long>(type.Name, null, type.LargestBatch)));
        _running.Gauge(
            "engine.dispatch.latency", "s",
            "From publication to the call of the first dispatched handler, sampled, since the engine was built.", LatencyTags,
            static engine => engine.ReadEventTypes()
                .Where(static type => type.Latency.Count > 0)
                .SelectMany(static type => SnapshotMeter<IMeasuredEngine>.Quantiles(
                    type.Name, share => type.Latency.PercentileNanoseconds(share) / 1e9)));
    }

    private void AddLaneInstruments()
    {
        _running.UpDownCounter(
            "engine.ring.depth", "{event}", "Events in the rings.", LaneTags,
            static engine => engine.ReadLanes().Select(static lane => new SeriesReading<long>(lane.EventType, lane.Producer, lane.Depth)));
        _running.UpDownCounter(
            "engine.ring.capacity", "{slot}", "Slots of the rings.", LaneTags,
            static engine => engine.ReadLanes().Select(
                static lane => new SeriesReading<long>(lane.EventType, lane.Producer, lane.SlotCount)));
    }

    private void AddDispatcherInstruments()
    {
        _running.UpDownCounter(
            "engine.dispatchers.parked", "{dispatcher}", "Dispatchers that sleep.", DispatcherTags,
            static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new SeriesReading<long>(dispatcher.Name, null, dispatcher.IsSleeping ? 1 : 0)));
        _running.Gauge(
            "engine.dispatcher.batch.limit", "{event}", "Most events of one batch, as sized at present.", DispatcherTags,
            static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new SeriesReading<long>(dispatcher.Name, null, dispatcher.MaxBatch)));
        _running.Gauge(
            "engine.dispatcher.poll.gap", "s", "Wait between two looks at the rings, as sized at present.", DispatcherTags,
            static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new SeriesReading<double>(dispatcher.Name, null, dispatcher.PollGap.TotalSeconds)));
    }

    private void Count<T>(string name, string unit, string description, Func<EventTypeTotals, T> select)
        where T : struct =>
        _meter.CreateObservableCounter(
            name,
            () => Engines.ReadTotals().Select(pair => new Measurement<T>(
                select(pair.Value), new(EngineTag, pair.Key.Engine), new(EventTypeTag, pair.Key.EventType))),
            unit, description);

    private static double Seconds(long ticks) => Primitives.MonotonicClock.ToMicroseconds(ticks) / 1e6;
}
