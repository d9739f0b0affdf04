using Engine.Bus.Monitoring;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Bus;

/// <summary>
/// The health of a bus: its state, its queues, its error rates, its latency, its messages and the memory of the process, by the
/// thresholds of the monitor's options. Data of the result: per trouble a key of kind and culprit, and the value.
/// </summary>
/// <param name="monitor">The monitor of the bus.</param>
public sealed class EventBusHealthCheck(PerformanceMonitor monitor) : IHealthCheck
{
    /// <summary>Judges the last snapshot; takes one if there is none yet.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (monitor.History.Count == 0)
            monitor.Sample();
        IReadOnlyList<BusTrouble> troubles = monitor.Troubles;
        EventBusStatistics latest = monitor.History[^1];
        var data = new Dictionary<string, object> { ["bus"] = latest.Name, ["state"] = latest.State.ToString(), ["time"] = latest.Time };
        foreach (BusTrouble trouble in troubles)
            data[$"{trouble.Kind} of {trouble.Culprit}"] = trouble.Value;
        HealthStatus failure = context.Registration?.FailureStatus ?? HealthStatus.Unhealthy;
        (HealthStatus status, string description) = troubles is [var worst, ..]
            ? (worst.Level == HealthLevel.Unhealthy ? failure : HealthStatus.Degraded, string.Join("; ", troubles))
            : (HealthStatus.Healthy, $"Bus \"{latest.Name}\" is {latest.State}.");
        return Task.FromResult(new HealthCheckResult(status, description, data: data));
    }
}
