using Engine.Gateway.Events;
using Engine.Primitives;

namespace Engine.Gateway.Streams;

/// <summary>
/// Looks from time to time at how hard the gateway is pressed, moves its degradation ladder, and raises and clears its alerts. One
/// thread at a time.
/// </summary>
internal sealed class PressureGauge(EventGateway gateway)
{
    private readonly HashSet<string> _raised = [];
    private DurationDistribution _latency = DurationDistribution.Empty;
    private long _skipped;
    private long _published;
    private long _lastLook;

    public void Look()
    {
        if (_lastLook != 0 && gateway.TimeProvider.GetElapsedTime(_lastLook) < TimeSpan.FromSeconds(1))
            return;
        _lastLook = gateway.TimeProvider.GetTimestamp();
        var latency = DurationDistribution.Of([gateway.Counters.OwnLatency]);
        DurationDistribution recent = latency.Since(_latency);
        _latency = latency;
        double p99 = recent.Count == 0 ? 0 : recent.Percentile(0.99) / gateway.Options.LatencyLimit;
        double bytes = (double)Volatile.Read(ref gateway.Counters.WaitingBytes) / gateway.Options.TotalBytes;
        gateway.Ladder.Look(Math.Max(p99, bytes), p99 > bytes ? "latency" : "waiting_bytes", gateway.TimeProvider.GetUtcNow());
        Alert("latency", "Events go out late", p99, 1, 0.5);
        Alert("connections", "Few streams are left", (double)gateway.Slots.Open / gateway.Options.MaxConnections, 0.9, 0.8);
        Alert("errors", "Events cannot be sent", ErrorRate(), 0.01, 0.001);
    }

    private double ErrorRate()
    {
        long skipped = Volatile.Read(ref gateway.Counters.Skipped);
        long published = Volatile.Read(ref gateway.Counters.Published);
        (long newlySkipped, long newlyPublished) = (skipped - _skipped, published - _published);
        (_skipped, _published) = (skipped, published);
        return newlySkipped == 0 ? 0 : (double)newlySkipped / (newlySkipped + newlyPublished);
    }

    private void Alert(string name, string title, double value, double high, double low)
    {
        bool isRaised = _raised.Contains(name);
        if (isRaised ? value > low : value < high)
            return;
        if (isRaised)
            _raised.Remove(name);
        else
            _raised.Add(name);
        gateway.Publish(
            new SystemAlert(
                isRaised ? "info" : "warning", "gateway", title,
                FormattableString.Invariant(
                    $"{name} of the event gateway: {(isRaised ? "over" : "raised")}, {value:0.###} of {high:0.###}"),
                "gateway", new AlertDetails(high, value, null), []),
            $"gateway-{name}");
    }
}
