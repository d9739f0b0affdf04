using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace Engine.Diagnostics;

/// <summary>
/// The meter <c>Engine</c>: instruments that read the engines' own counters when somebody collects, so that publishing and
/// dispatching pay nothing. They are listed in <c>docs/diagnostics.md</c>.
/// <para>
/// There is one meter per meter factory, and one for all engines without a factory. It carries all its engines, told apart by
/// the tag <c>engine.name</c>, because collectors merge instruments of equal name and drop them together. Engines of one name
/// are added up in counters and up-down counters; of gauges the largest value counts.
/// </para>
/// </summary>
internal sealed class EngineMeter
{
    public const string MeterName = "Engine";

    private const string EngineTag = "engine.name";
    private const string EventTypeTag = "engine.event.type";
    private const string ProducerTag = "engine.producer";
    private const string DispatcherTag = "engine.dispatcher";
    private const string QuantileTag = "quantile";

    private static readonly Lock CreateLock = new();
    private static readonly ConditionalWeakTable<IMeterFactory, EngineMeter> OfFactories = [];
    private static EngineMeter? s_own;

    private readonly Meter _meter;

    private EngineMeter(Meter meter)
    {
        _meter = meter;
        AddCounters();
        AddEventTypeInstruments();
        AddLaneInstruments();
        AddDispatcherInstruments();
    }

    public MeasuredEngines Engines { get; } = new();

    /// <summary>The meter of a factory, which owns it, or the process's own.</summary>
    public static EngineMeter For(IMeterFactory? factory)
    {
        lock (CreateLock)
        {
            if (factory is null)
                return s_own ??= new EngineMeter(new Meter(MeterName));
            if (!OfFactories.TryGetValue(factory, out EngineMeter? meter))
            {
                meter = new EngineMeter(factory.Create(MeterName));
                OfFactories.Add(factory, meter);
            }

            return meter;
        }
    }

    private void AddCounters()
    {
        Count("engine.events.published", "{event}", "Events accepted, those dropped afterwards by policy included.",
            static t => t.Ledger.Published);
        Count("engine.events.dispatched", "{event}", "Events handed to the handlers.", static t => t.Ledger.Dispatched);
        Count("engine.events.lost", "{event}", "Events dropped or overwritten by the overflow policy.", static t => t.Ledger.Lost);
        Count("engine.events.rejected", "{event}", "Events refused, and reported so to the publisher.", static t => t.Ledger.Rejected);
        Count("engine.dispatch.batches", "{batch}", "Batches dispatched.", static t => t.Batches);
        Count("engine.publish.stalls", "{stall}", "Times a publisher waited for a free slot.", static t => t.Ledger.Stalls);
        Count("engine.publish.stall.duration", "s", "Time publishers waited for free slots.", static t => Seconds(t.Ledger.StallTicks));
        Count("engine.handler.errors", "{error}", "Times a handler, filter or loss callback threw.", static t => t.HandlerErrors);
    }

    private void AddEventTypeInstruments()
    {
        _meter.CreateObservableUpDownCounter(
            "engine.subscriptions",
            () => Sum(EventTypeTag, null, static engine => engine.ReadEventTypes()
                .Select(static type => new Reading<long>(type.Name, null, type.SubscriptionCount))),
            "{subscription}", "Active subscriptions.");
        _meter.CreateObservableGauge(
            "engine.dispatch.batch.size",
            () => Largest(EventTypeTag, null, static engine => engine.ReadEventTypes()
                .Where(static type => type.Batches > 0)
                .Select(static type => new Reading<double>(type.Name, null, type.AverageBatch))),
            "{event}", "Mean events per batch since the engine was built.");
        _meter.CreateObservableGauge(
            "engine.dispatch.batch.size.max",
            () => Largest(EventTypeTag, null, static engine => engine.ReadEventTypes()
                .Where(static type => type.Batches > 0)
                .Select(static type => new Reading<long>(type.Name, null, type.LargestBatch))),
            "{event}", "Events of the largest batch since the engine was built.");
        _meter.CreateObservableGauge(
            "engine.dispatch.latency",
            () => Largest(EventTypeTag, QuantileTag, static engine => engine.ReadEventTypes()
                .Where(static type => type.Latency.Count > 0)
                .SelectMany(static type => Quantiles(type))),
            "s", "From publication to the call of the first dispatched handler, sampled, since the engine was built.");
    }

    private void AddLaneInstruments()
    {
        _meter.CreateObservableUpDownCounter(
            "engine.ring.depth",
            () => Sum(EventTypeTag, ProducerTag, static engine => engine.ReadLanes()
                .Select(static lane => new Reading<long>(lane.EventType, lane.Producer, lane.Depth))),
            "{event}", "Events in the rings.");
        _meter.CreateObservableUpDownCounter(
            "engine.ring.capacity",
            () => Sum(EventTypeTag, ProducerTag, static engine => engine.ReadLanes()
                .Select(static lane => new Reading<long>(lane.EventType, lane.Producer, lane.SlotCount))),
            "{slot}", "Slots of the rings.");
    }

    private void AddDispatcherInstruments()
    {
        _meter.CreateObservableUpDownCounter(
            "engine.dispatchers.parked",
            () => Sum(DispatcherTag, null, static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new Reading<long>(dispatcher.Name, null, dispatcher.IsSleeping ? 1 : 0))),
            "{dispatcher}", "Dispatchers that sleep.");
        _meter.CreateObservableGauge(
            "engine.dispatcher.batch.limit",
            () => Largest(DispatcherTag, null, static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new Reading<long>(dispatcher.Name, null, dispatcher.MaxBatch))),
            "{event}", "Most events of one batch, as sized at present.");
        _meter.CreateObservableGauge(
            "engine.dispatcher.poll.gap",
            () => Largest(DispatcherTag, null, static engine => engine.ReadDispatchers()
                .Select(static dispatcher => new Reading<double>(dispatcher.Name, null, dispatcher.PollGap.TotalSeconds))),
            "s", "Wait between two looks at the rings, as sized at present.");
    }

    private void Count<T>(string name, string unit, string description, Func<EventTypeTotals, T> select)
        where T : struct =>
        _meter.CreateObservableCounter(
            name,
            () => Engines.ReadTotals().Select(pair => new Measurement<T>(
                select(pair.Value), new(EngineTag, pair.Key.Engine), new(EventTypeTag, pair.Key.EventType))),
            unit, description);

    private IEnumerable<Measurement<long>> Sum(
        string firstTag, string? secondTag, Func<IMeasuredEngine, IEnumerable<Reading<long>>> read) =>
        Measure(firstTag, secondTag, read, static (left, right) => left + right);

    private IEnumerable<Measurement<T>> Largest<T>(
        string firstTag, string? secondTag, Func<IMeasuredEngine, IEnumerable<Reading<T>>> read)
        where T : struct, IComparable<T> =>
        Measure(firstTag, secondTag, read, static (left, right) => left.CompareTo(right) >= 0 ? left : right);

    /// <summary>One measurement per set of tags, which several engines, or producers of one name, may share.</summary>
    private IEnumerable<Measurement<T>> Measure<T>(
        string firstTag, string? secondTag, Func<IMeasuredEngine, IEnumerable<Reading<T>>> read, Func<T, T, T> combine)
        where T : struct
    {
        var series = new Dictionary<(string Engine, string First, string? Second), T>();
        foreach (IMeasuredEngine engine in Engines.Running)
        {
            foreach (Reading<T> reading in read(engine))
            {
                (string, string, string?) key = (engine.Name, reading.First, reading.Second);
                series[key] = series.TryGetValue(key, out T other) ? combine(other, reading.Value) : reading.Value;
            }
        }

        return series.Select(pair => secondTag is null
            ? new Measurement<T>(pair.Value, new(EngineTag, pair.Key.Engine), new(firstTag, pair.Key.First))
            : new Measurement<T>(
                pair.Value, new(EngineTag, pair.Key.Engine), new(firstTag, pair.Key.First), new(secondTag, pair.Key.Second)));
    }

    private static Reading<double>[] Quantiles(EventTypeStatistics type) =>
    [
        new(type.Name, "0.5", type.Latency.PercentileNanoseconds(0.5) / 1e9),
        new(type.Name, "0.9", type.Latency.PercentileNanoseconds(0.9) / 1e9),
        new(type.Name, "0.99", type.Latency.PercentileNanoseconds(0.99) / 1e9),
        new(type.Name, "0.999", type.Latency.PercentileNanoseconds(0.999) / 1e9),
    ];

    private static double Seconds(long ticks) => Primitives.MonotonicClock.ToMicroseconds(ticks) / 1e6;

    /// <summary>What one series of a running engine reads at the moment.</summary>
    private readonly record struct Reading<T>(string First, string? Second, T Value);
}
