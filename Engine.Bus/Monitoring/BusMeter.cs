using System.Diagnostics.Metrics;
using Engine.Diagnostics;
using Engine.Primitives;

namespace Engine.Bus.Monitoring;

/// <summary>
/// The meter <c>Engine.Bus</c>: instruments over the statistics of the buses. They are listed in <c>docs/diagnostics.md</c>. Buses
/// are held weakly. Buses and subscriptions of one name are added up; of gauges the largest value counts.
/// </summary>
internal sealed class BusMeter
{
    public const string MeterName = "Engine.Bus";

    private const string BusTag = "engine.bus";
    private const string SubscriptionTag = "engine.bus.subscription";

    private static readonly string[] NoTags = [];
    private static readonly string[] SubscriptionTags = [SubscriptionTag];
    private static readonly string[] QuantileTags = [SubscriptionTag, SnapshotMeter<EventBusStatistics>.QuantileTag];
    private static readonly MeterScopes<BusMeter> Scopes = new(MeterName, static meter => new BusMeter(meter));

    private readonly Lock _lock = new();
    private readonly List<WeakReference<EventBus>> _buses = [];
    private readonly SnapshotMeter<EventBusStatistics> _meter;

    private BusMeter(Meter meter)
    {
        _meter = new SnapshotMeter<EventBusStatistics>(
            meter, BusTag, static bus => bus.Name, () => Statistics());
        AddCounters();
        AddLevels();
        AddDurations();
        AddMessages();
    }

    /// <summary>The meter of a factory, which owns it, or the process's own.</summary>
    public static BusMeter For(IMeterFactory? factory) => Scopes.For(factory);

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
        _meter.Counter(
            "engine.bus.events.published", "{event}", "Events published while somebody was subscribed.", NoTags,
            static bus => [new(null, null, bus.Published)]);
        Count(
            "engine.bus.events.delivered", "{event}", "Events handed to handlers, those they threw on included.",
            static s => s.DeliveredCount);
        Count("engine.bus.events.rejected", "{event}", "Events refused because a queue was full.", static s => s.Queue?.Rejected ?? 0);
        Count("engine.bus.events.dropped", "{event}", "Events dropped because a queue was full.", static s => s.Queue?.Dropped ?? 0);
        Count(
            "engine.bus.events.discarded", "{event}", "Queued events given up because the subscription or the bus ended.",
            static s => s.Queue?.Discarded ?? 0);
        Count(
            "engine.bus.handler.errors", "{error}", "Events on which a handler failed for good, and times a filter threw.",
            static s => s.ErrorCount);
        Count("engine.bus.handler.retries", "{retry}", "Tries after the first.", static s => s.Queue?.Retried ?? 0);
    }

    private void AddLevels()
    {
        _meter.UpDownCounter(
            "engine.bus.running", "{bus}", "Buses that run.", NoTags,
            static bus => [new(null, null, bus.State == LifecycleState.Running ? 1 : 0)]);
        Level("engine.bus.queue.length", "{event}", "Events in the queues.", static queue => queue.Queued);
        Level("engine.bus.queue.capacity", "{event}", "Events there may be in the queues.", static queue => queue.Capacity);
        Level("engine.bus.handler.in_flight", "{event}", "Events in the handlers.", static queue => queue.InFlight);
    }

    private void AddDurations()
    {
        Durations(
            "engine.bus.handler.duration", "Time of a handler, retries included, sampled, since the subscription began.",
            static bus => bus.Subscriptions.Select(static s => (s.Name, s.HandlerTime)));
        Durations(
            "engine.bus.latency", "From queueing to the end of the handler, since the subscription began.",
            static bus => bus.Subscriptions.Select(static s => (s.Name, s.Queue?.Latency)));
    }

    private void AddMessages()
    {
        CountMessages("engine.bus.messages.acked", "{message}", "Messages acknowledged.", static m => m.Acked);
        CountMessages("engine.bus.messages.nacked", "{delivery}", "Deliveries that failed by a nack.", static m => m.Nacked);
        CountMessages(
            "engine.bus.messages.expired", "{delivery}", "Deliveries that failed because their lease expired.", static m => m.Expired);
        CountMessages(
            "engine.bus.messages.rejected", "{event}", "Events refused because the messages' queue was full.", static m => m.Rejected);
        CountMessages(
            "engine.bus.messages.dropped", "{event}", "Events dropped because the messages' queue was full.", static m => m.Dropped);
        MessageLevel("engine.bus.messages.waiting", "Messages not handed out, delayed ones included.", static m => m.Waiting);
        MessageLevel("engine.bus.messages.in_flight", "Messages handed out and not settled.", static m => m.InFlight);
        MessageLevel("engine.bus.messages.capacity", "Messages that may wait or be in flight.", static m => m.Capacity);
        MessageLevel("engine.bus.messages.parked", "Messages given up, in the list or in the store.", static m => m.Parked + m.Stored);
        Durations(
            "engine.bus.messages.ack.duration", "From publishing to the ack, redeliveries included, sampled, since the subscription began.",
            static bus => bus.Messages.Select(static m => (m.Name, (DurationDistribution?)m.AckTime)));
    }

    private void Count(string name, string unit, string description, Func<BusSubscriptionStatistics, long> select) =>
        _meter.Counter(
            name, unit, description, SubscriptionTags,
            bus => bus.Subscriptions.Select(s => new SeriesReading<long>(s.Name, null, select(s))));

    private void Level(string name, string unit, string description, Func<QueueStatistics, long> select) =>
        _meter.UpDownCounter(
            name, unit, description, SubscriptionTags,
            bus => bus.Subscriptions
                .Where(static s => s.Queue is not null)
                .Select(s => new SeriesReading<long>(s.Name, null, select(s.Queue!))));

    private void CountMessages(string name, string unit, string description, Func<MessageSubscriptionStatistics, long> select) =>
        _meter.Counter(
            name, unit, description, SubscriptionTags,
            bus => bus.Messages.Select(m => new SeriesReading<long>(m.Name, null, select(m))));

    private void MessageLevel(string name, string description, Func<MessageSubscriptionStatistics, long> select) =>
        _meter.UpDownCounter(
            name, "{message}", description, SubscriptionTags,
            bus => bus.Messages.Select(m => new SeriesReading<long>(m.Name, null, select(m))));

    private void Durations(
        string name, string description, Func<EventBusStatistics, IEnumerable<(string Name, DurationDistribution? Durations)>> select) =>
        _meter.Gauge(
            name, "s", description, QuantileTags,
            bus => select(bus)
                .Where(static pair => pair.Durations is { Count: > 0 })
                .SelectMany(static pair => SnapshotMeter<EventBusStatistics>.Quantiles(
                    pair.Name, share => pair.Durations!.PercentileNanoseconds(share) / 1e9)));

    /// <summary>The counters of the buses, but for a bus whose clock, or another part of it that is foreign code, throws.</summary>
    private IEnumerable<EventBusStatistics> Statistics()
    {
        foreach (EventBus bus in Buses())
        {
            EventBusStatistics statistics;
            try
            {
                statistics = bus.GetStatistics();
            }
            catch (Exception)
            {
                continue;
            }

            yield return statistics;
        }
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
}
