using System.Diagnostics.Metrics;

namespace Engine.Storage.Facade;

/// <summary>
/// Shows what an <see cref="EventDrivenArchitecture"/> has counted to whoever collects metrics, under the meter "Engine.Storage". It pulls:
/// nothing is done for it while events are handled. What only the database knows is that of the last look at it. Thread-safe.
/// </summary>
internal sealed class EventDrivenMeter : IDisposable
{
    public const string MeterName = "Engine.Storage";

    private readonly Meter _meter = new(MeterName);
    private readonly EventMonitor _monitor;
    private readonly StorageMaintenance _maintenance;
    private readonly KeyValuePair<string, object?> _source;

    public EventDrivenMeter(EventMonitor monitor, StorageMaintenance maintenance, string source)
    {
        _monitor = monitor;
        _maintenance = maintenance;
        _source = new("engine.source", source);
        _meter.CreateObservableCounter<long>(
            "engine.storage.events", Events, "{event}", "Attempts of processors, publishers and the bus on stored events.");
        _meter.CreateObservableGauge<double>("engine.storage.events.latency", Latencies, "s", "How long an attempt took.");
        _meter.CreateObservableCounter<long>(
            "engine.storage.outbox.attempts", Attempts, "{row}", "Attempts to publish rows of the outbox.");
        _meter.CreateObservableGauge<long>("engine.storage.outbox.rows", Rows, "{row}", "Rows of the outbox that wait or were given up.");
        _meter.CreateObservableGauge<double>(
            "engine.storage.outbox.oldest", () => From(_maintenance.Outbox, static outbox => outbox.OldestPendingAge.TotalSeconds), "s",
            "The age of the oldest row that waits.");
        _meter.CreateObservableGauge<long>(
            "engine.storage.dead_letters", () => From(_maintenance.Letters, static letters => letters.Count), "{letter}", "Dead letters.");
    }

    public void Dispose() => _meter.Dispose();

    private List<Measurement<long>> Events()
    {
        var measurements = new List<Measurement<long>>();
        foreach ((string topic, TopicMetrics counts) in _monitor.GetMetrics().ByTopic)
        {
            measurements.Add(new(counts.SuccessEvents, _source, new("engine.topic", topic), new("engine.outcome", "success")));
            measurements.Add(new(counts.FailedEvents, _source, new("engine.topic", topic), new("engine.outcome", "failure")));
        }

        return measurements;
    }

    private Measurement<double>[] Latencies()
    {
        EventMetrics metrics = _monitor.GetMetrics();
        return
        [
            new(metrics.LatencyP50 / 1e9, _source, new("engine.quantile", "0.5")),
            new(metrics.LatencyP99 / 1e9, _source, new("engine.quantile", "0.99")),
        ];
    }

    private Measurement<long>[] Attempts() =>
    [
        new(_maintenance.Dispatcher.PublishedCount, _source, new("engine.outcome", "success")),
        new(_maintenance.Dispatcher.FailedCount, _source, new("engine.outcome", "failure")),
    ];

    private Measurement<long>[] Rows() => _maintenance.Outbox is { } outbox
        ?
        [
            new(outbox.Pending, _source, new("engine.state", "waiting")),
            new(outbox.GivenUp, _source, new("engine.state", "given_up")),
        ]
        : [];

    private Measurement<TValue>[] From<TSource, TValue>(TSource? source, Func<TSource, TValue> value)
        where TSource : class
        where TValue : struct =>
        source is null ? [] : [new Measurement<TValue>(value(source), _source)];
}
