using Engine.Bus.Monitoring;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;

namespace Engine.Gateway.Feeds;

/// <summary>Makes system alerts of the alerts of a bus.</summary>
public static class AlertFeed
{
    /// <summary>What a <see cref="PerformanceMonitor"/> may call with its alerts.</summary>
    /// <param name="gateway">The gateway.</param>
    public static Action<BusAlert> PublishAlerts(this EventGateway gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        return alert => gateway.Publish(ToEvent(alert), $"{alert.BusName}/{alert.Kind}/{alert.Culprit}".Truncate(), alert.Time);
    }

    /// <summary>An alert of a bus as an event.</summary>
    /// <param name="alert">The alert.</param>
    public static SystemAlert ToEvent(BusAlert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        string level = alert.Level switch
        {
            HealthLevel.Normal => "info",
            HealthLevel.Degraded => "warning",
            _ => "critical",
        };
        return new SystemAlert(
            level, "bus", alert.Kind.ToString(), alert.ToString(), alert.Culprit.Length == 0 ? alert.BusName : alert.Culprit,
            new AlertDetails(Finite(alert.Threshold), Finite(alert.Value), null), []);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static string Truncate(this string text) =>
        text.Length <= EventGateway.MaxResourceIdLength ? text : text[..EventGateway.MaxResourceIdLength];
}
