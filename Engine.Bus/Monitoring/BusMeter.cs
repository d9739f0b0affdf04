using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>
/// The meter <c>Engine.Bus</c>: instruments that read the buses' own counters when somebody collects, so that publishing
/// and handling pay nothing. They are listed in <c>docs/diagnostics.md</c>. There is one meter per meter factory, and one for
/// all buses without a factory. Buses are held weakly. Buses and subscriptions of one name are added up; of gauges the
/// largest value counts.
/// </summary>
internal sealed class BusMeter
{
    public const string MeterName = "Engine.Bus";

    private const string BusTag = "engine.bus";
    private const string SubscriptionTag = "engine.bus.subscription";
    private const string QuantileTag = "quantile";

    private static readonly Lock CreateLock = new();
    private static readonly ConditionalWeakTable<IMeterFactory, BusMeter> OfFactories = [];
    private static BusMeter? s_own;

    private readonly Lock _lock = new();
    private readonly List<WeakReference<EventBus>> _buses = [];
    private readonly Meter _meter;

    private BusMeter(Meter meter)
    {
        _meter = meter;
        AddCounters();
        AddLevels();
        AddDurations();
    }

    /// <summary>The meter of a factory, which owns it, or the process's own.</summary>
    public static BusMeter For(IMeterFactory? factory)
    {
        lock (CreateLock)
        {
            if (factory is null)
                return s_own ??= new BusMeter(new Meter(MeterName));
            if (!OfFactories.TryGetValue(factory, out BusMeter? meter))
            {
                meter = new BusMeter(factory.Create(MeterName));
                OfFactories.Add(factory, meter);
            }

            return meter;
        }
    }

    public void Add(EventBus bus)
    {
        lock (_lock)
        {
            _buses.RemoveAll(static entry => !entry.TryGetTarget(out _));
            _buses.Add(new WeakReference<EventBus>(bus));
        }
    }

    public void Remove(EventBus bus)
    {
        lock (_lock)
            _buses.RemoveAll(entry => !entry.TryGetTarget(out EventBus? other) || other == bus);
    }

    private void AddCounters()
    {
        _meter.CreateObservableCounter(
            "engine.bus.events.published",
            () => Measure<long>(static bus => [new Reading<long>(null, null, bus.Topics.Sum(static topic => topic.Published))], Sum),
            "{event}", "Events published while somebody was subscribed.");
        Count("engine.bus.events.delivered", "{event}", "Events handed to handlers, those they threw on included.", static s => s.DeliveredCount);
        Count("engine.bus.events.rejected", "{event}", "Events refused because a queue was full.", static s => s.Queue?.Rejected ?? 0);
        Count("engine.bus.events.dropped", "{event}", "Events dropped because a queue was full.", static s => s.Queue is { } queue ? queue.DroppedIncoming + queue.DroppedOldest : 0);
        Count("engine.bus.events.discarded", "{event}", "Queued events given up because the subscription or the bus ended.", static s => s.Queue?.Discarded ?? 0);
        Count("engine.bus.handler.errors", "{error}", "Events on which a handler failed for good, and times a filter threw.", static s => s.ErrorCount);
        Count("engine.bus.handler.retries", "{retry}", "Tries after the first.", static s => s.Queue?.Retried ?? 0);
    }

    private void AddLevels()
    {
        _meter.CreateObservableUpDownCounter(
            "engine.bus.running",
            () => Measure<long>(static bus => [new Reading<long>(null, null, bus.State == LifecycleState.Running ? 1 : 0)], Sum),
            "{bus}", "Buses that run.");
        Level("engine.bus.queue.length", "{event}", "Events in the queues.", static queue => queue.Queued);
        Level("engine.bus.queue.capacity", "{event}", "Events there may be in the queues.", static queue => queue.Capacity);
        Level("engine.bus.handler.in_flight", "{event}", "Events in the handlers.", static queue => queue.InFlight);
    }

    private void AddDurations()
    {
        Quantiles("engine.bus.handler.duration", "Time of a handler, retries included, sampled, since the subscription began.", static queue => queue.HandlerTime);
        Quantiles("engine.bus.latency", "From queueing to the end of the handler, since the subscription began.", static queue => queue.Latency);
    }

    private void Count(string name, string unit, string description, Func<BusSubscriptionStatistics, long> select) =>
        _meter.CreateObservableCounter(
            name,
            () => Measure(bus => bus.Subscriptions.Select(s => new Reading<long>(s.Name, null, select(s))), Sum),
            unit, description);

    private void Level(string name, string unit, string description, Func<QueueStatistics, long> select) =>
        _meter.CreateObservableUpDownCounter(
            name,
            () => Measure(bus => bus.Subscriptions.Where(static s => s.Queue is not null).Select(s => new Reading<long>(s.Name, null, select(s.Queue!))), Sum),
            unit, description);

    private void Quantiles(string name, string description, Func<QueueStatistics, DurationDistribution> select) =>
        _meter.CreateObservableGauge(
            name,
            () => Measure(
                bus => bus.Subscriptions
                    .Where(s => s.Queue is not null && select(s.Queue).Count > 0)
                    .SelectMany(s => QuantilesOf(s.Name, select(s.Queue!))),
                Math.Max),
            "s", description);

    private static Reading<double>[] QuantilesOf(string subscription, DurationDistribution summary) =>
    [
        new(subscription, "0.5", summary.PercentileNanoseconds(0.5) / 1e9),
        new(subscription, "0.9", summary.PercentileNanoseconds(0.9) / 1e9),
        new(subscription, "0.99", summary.PercentileNanoseconds(0.99) / 1e9),
        new(subscription, "0.999", summary.PercentileNanoseconds(0.999) / 1e9),
    ];

    private static long Sum(long left, long right) => left + right;

    /// <summary>One measurement per set of tags, which several buses or subscriptions of one name may share.</summary>
    private IEnumerable<Measurement<T>> Measure<T>(Func<EventBusStatistics, IEnumerable<Reading<T>>> read, Func<T, T, T> combine)
        where T : struct
    {
        var series = new Dictionary<(string Bus, string? Subscription, string? Quantile), T>();
        foreach (EventBus bus in Buses())
        {
            foreach (Reading<T> reading in read(bus.GetStatistics()))
            {
                (string, string?, string?) key = (bus.Name, reading.Subscription, reading.Quantile);
                series[key] = series.TryGetValue(key, out T other) ? combine(other, reading.Value) : reading.Value;
            }
        }

        return series.Select(static pair => new Measurement<T>(pair.Value, TagsOf(pair.Key.Bus, pair.Key.Subscription, pair.Key.Quantile)));
    }

    private static IEnumerable<KeyValuePair<string, object?>> TagsOf(string bus, string? subscription, string? quantile)
    {
        yield return new(BusTag, bus);
        if (subscription is not null)
            yield return new(SubscriptionTag, subscription);
        if (quantile is not null)
            yield return new(QuantileTag, quantile);
    }

    private List<EventBus> Buses()
    {
        lock (_lock)
        {
            var buses = new List<EventBus>(_buses.Count);
            foreach (WeakReference<EventBus> entry in _buses)
            {
                if (entry.TryGetTarget(out EventBus? bus))
                    buses.Add(bus);
            }

            return buses;
        }
    }

    /// <summary>What one series of a bus reads at the moment.</summary>
    private readonly record struct Reading<T>(string? Subscription, string? Quantile, T Value);
}
