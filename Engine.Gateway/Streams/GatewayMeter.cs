using System.Diagnostics.Metrics;

namespace Engine.Gateway.Streams;

/// <summary>The meter <c>Engine.Sse</c> of a gateway. It reads the counters when somebody collects.</summary>
internal sealed class GatewayMeter : IDisposable
{
    public const string Name = "Engine.Sse";

    private static readonly double[] Quantiles = [0.5, 0.99];

    private readonly Meter _meter = new(Name);

    public GatewayMeter(EventGateway gateway)
    {
        GatewayCounters counters = gateway.Counters;
        _meter.CreateObservableUpDownCounter("engine.sse.streams", () => gateway.Slots.Open, "{stream}", "Streams that are open");
        _meter.CreateObservableGauge("engine.sse.streams.peak", () => gateway.Slots.Peak, "{stream}", "Most streams at once");
        _meter.CreateObservableUpDownCounter(
            "engine.sse.streams.compressed", () => Volatile.Read(ref counters.Compressed), "{stream}", "Streams that are compressed");
        Count("published", "{event}", "Events published", () => counters.Published);
        Count("skipped", "{event}", "Events that could not be published", () => counters.Skipped);
        Count("sent", "{event}", "Events sent, once for each stream", () => counters.Sent);
        Count("sent.bytes", "By", "Bytes sent, before compression", () => counters.SentBytes);
        Count("flushes", "{flush}", "Flushes", () => counters.Flushes);
        Count("dropped", "{event}", "Events that slow streams missed", () => counters.Dropped);
        Count("coalesced", "{event}", "Metrics left out for newer ones", () => counters.Coalesced);
        Count("shed", "{event}", "Events left out because of pressure", () => counters.Shed);
        Count("gaps", "{gap}", "Gaps told to streams", () => counters.Gaps);
        Count("resets", "{reset}", "Cursors that meant nothing", () => counters.Resets);
        Count("resumes", "{stream}", "Streams that went on behind a cursor", () => counters.Resumes);
        Count("heartbeats", "{heartbeat}", "Heartbeats", () => counters.Heartbeats);
        _meter.CreateObservableCounter("engine.sse.refused", () => Refused(counters), "{request}", "Requests refused, by reason");
        _meter.CreateObservableCounter("engine.sse.ended", () => Ended(counters), "{stream}", "Streams that have ended, by reason");
        _meter.CreateObservableGauge(
            "engine.sse.waiting", () => Volatile.Read(ref counters.WaitingBytes), "By", "Bytes that wait for clients");
        _meter.CreateObservableGauge(
            "engine.sse.degradation", () => (int)gateway.Ladder.Step.Level, "{step}", "Step of the degradation ladder");
        _meter.CreateObservableGauge("engine.sse.latency", () => Latency(counters), "s", "From publication to flush, by quantile");
    }

    public void Dispose() => _meter.Dispose();

    private void Count(string name, string unit, string description, Func<long> read) =>
        _meter.CreateObservableCounter("engine.sse." + name, read, unit, description);

    private static IEnumerable<Measurement<long>> Refused(GatewayCounters counters) =>
    [
        new(Volatile.Read(ref counters.RefusedByLimit), new KeyValuePair<string, object?>("reason", "limit")),
        new(Volatile.Read(ref counters.RefusedByStop), new KeyValuePair<string, object?>("reason", "stop")),
        new(Volatile.Read(ref counters.RefusedAsWrong), new KeyValuePair<string, object?>("reason", "parameters")),
    ];

    private static IEnumerable<Measurement<long>> Ended(GatewayCounters counters) =>
        counters.Ends().Select(static end => new Measurement<long>(
            end.Value, new KeyValuePair<string, object?>("reason", end.Key.ToString())));

    private static IEnumerable<Measurement<double>> Latency(GatewayCounters counters)
    {
        var latency = Engine.Primitives.DurationDistribution.Of([counters.Latency]);
        return latency.Count == 0
            ? []
            : Quantiles.Select(quantile => new Measurement<double>(
                latency.Percentile(quantile).TotalSeconds, new KeyValuePair<string, object?>("quantile", quantile)));
    }
}
