using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Engine.Tests.Diagnostics;

/// <summary>OpenTelemetry, told of nothing but the meter's name, exports what the engine counts.</summary>
internal sealed class OpenTelemetryTests
{
    private const string EngineName = "otel-test";

    [Test]
    public void Metrics_of_running_and_stopped_engines_are_exported()
    {
        var exporter = new MemoryExporter();
        using MeterProvider provider = Sdk.CreateMeterProviderBuilder()
            .AddMeter("Engine")
            .AddReader(new BaseExportingMetricReader(exporter))
            .Build();
        EventEngine engine = Start(EngineName);
        EventEngine other = Start(EngineName + "-other");
        Publish(engine, 40);
        Publish(other, 7);

        provider.ForceFlush();
        Assert.That(exporter.Points["engine.events.published {event} LongSum otel-test test.number"], Is.EqualTo(40));
        Assert.That(exporter.Points["engine.events.dispatched {event} LongSum otel-test test.number"], Is.EqualTo(40));
        Assert.That(exporter.Points["engine.events.published {event} LongSum otel-test-other test.number"], Is.EqualTo(7));
        Assert.That(exporter.Points["engine.ring.capacity {slot} LongSumNonMonotonic otel-test test.number vcpu0"], Is.EqualTo(256));
        Assert.That(exporter.Points["engine.publish.stall.duration s DoubleSum otel-test test.number"], Is.Zero);
        Assert.That(exporter.Points["engine.dispatch.batch.size.max {event} LongGauge otel-test test.number"], Is.InRange(1, 40));

        Publish(engine, 2);
        engine.StopDrained();
        Publish(other, 1);
        provider.ForceFlush();
        Assert.That(
            exporter.Points["engine.events.published {event} LongSum otel-test test.number"], Is.EqualTo(42), "the last export is exact");
        Assert.That(exporter.Points["engine.events.published {event} LongSum otel-test-other test.number"], Is.EqualTo(8),
            "the other engine goes on");
        Assert.That(exporter.Points.Keys, Has.None.EqualTo("engine.ring.capacity {slot} LongSumNonMonotonic otel-test test.number vcpu0"));
        other.StopDrained();
    }

    private static EventEngine Start(string name)
    {
        EventEngine engine = Engines.Start(configure: options => options.Name = name);
        engine.SubscribeBatch<Number>(static (_, in _) => { });
        return engine;
    }

    private static void Publish(EventEngine engine, int count)
    {
        long slots = engine.GetStatistics()["test.number"].SlotCount;
        EventProducer producer = engine.CreateProducer("vcpu0");
        for (int i = 0; i < count; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        Eventually.IsTrue(() => engine.LedgerOf<Number>().Buffered == 0);
        producer.Dispose();
        // A lane has its slots until its dispatcher has dropped it.
        Eventually.IsTrue(() => engine.GetStatistics()["test.number"].SlotCount == slots);
        if (count > 2)
            engine.CreateProducer("vcpu0").GetLane<Number>();
    }

    /// <summary>Keeps the points of the last export by name, unit, kind and tag values.</summary>
    private sealed class MemoryExporter : BaseExporter<Metric>
    {
        public Dictionary<string, double> Points { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            Points.Clear();
            foreach (Metric metric in batch)
            {
                foreach (ref readonly MetricPoint point in metric.GetMetricPoints())
                {
                    var tags = new Dictionary<string, object?>();
                    foreach (KeyValuePair<string, object?> tag in point.Tags)
                        tags.Add(tag.Key, tag.Value);
                    tags.Remove("engine.name", out object? engineName);
                    object?[] values = [metric.Name, metric.Unit, metric.MetricType, engineName,
                        .. tags.OrderBy(static tag => tag.Key).Select(static tag => tag.Value)];
                    Points[string.Join(' ', values)] = metric.MetricType switch
                    {
                        MetricType.LongSum or MetricType.LongSumNonMonotonic => point.GetSumLong(),
                        MetricType.DoubleSum => point.GetSumDouble(),
                        MetricType.LongGauge => point.GetGaugeLastValueLong(),
                        _ => point.GetGaugeLastValueDouble(),
                    };
                }
            }

            return ExportResult.Success;
        }
    }
}
