using Engine.Bus.Monitoring;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Bus;

/// <summary>
/// The health of a bus: its state, its queues, its error rates, its latency, its messages, and memory and processors of the process, by
/// the thresholds of the monitor's options. Data of the result: per trouble a key of kind and culprit, and the value.
/// </summary>
/// <param name="monitor">The monitor of the bus.</param>
internal sealed class EventBusHealthCheck(PerformanceMonitor monitor) : IHealthCheck
{
    /// <summary>Judges the bus as it is now, whether it is measured regularly or not.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        BusHealth health = monitor.Examine();
        EventBusStatistics now = health.Statistics;
        var data = new Dictionary<string, object> { ["bus"] = now.Name, ["state"] = now.State.ToString(), ["time"] = now.Time };
        foreach (BusTrouble trouble in health.Troubles)
            data[$"{trouble.Kind} of {trouble.Culprit}"] = trouble.Value;
        HealthStatus status = health.Level switch
        {
            HealthLevel.Normal => HealthStatus.Healthy,
            HealthLevel.Degraded => HealthStatus.Degraded,
            _ => context.Registration?.FailureStatus ?? HealthStatus.Unhealthy,
        };
        return Task.FromResult(new HealthCheckResult(status, health.ToString(), data: data));
    }
}
