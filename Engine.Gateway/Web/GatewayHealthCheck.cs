using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Gateway.Web;

/// <summary>Whether the gateway takes streams, and sends all there is.</summary>
internal sealed class GatewayHealthCheck(EventGateway gateway) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        GatewayStatistics statistics = gateway.GetStatistics();
        var data = new Dictionary<string, object>
        {
            ["open"] = statistics.Open,
            ["degradation"] = DegradationNames.Of(statistics.Degradation),
            ["published"] = statistics.Published,
            ["waiting_bytes"] = statistics.WaitingBytes,
        };
        return Task.FromResult(
            gateway.IsStopping ? HealthCheckResult.Unhealthy("The gateway is stopping.", data: data)
            : statistics.Open >= gateway.Options.MaxConnections
                ? HealthCheckResult.Degraded("The gateway takes no more streams.", data: data)
            : statistics.Degradation != Degradation.None ? HealthCheckResult.Degraded("The gateway sends less than all.", data: data)
            : HealthCheckResult.Healthy("The gateway takes streams.", data));
    }
}
