using Engine.Gateway.Frames;
using Engine.Gateway.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Server.History;

/// <summary>Whether the gateway's events can be stored.</summary>
internal sealed class HistoryHealthCheck(StoredFrameHistory history) : IHealthCheck
{
    /// <summary>Gives a history to the gateway, and its health to the server; nothing where there is none.</summary>
    public static HostExtension Of(StoredFrameHistory? history) => new(
        builder =>
        {
            if (history is null)
                return;
            builder.Services.AddSingleton<IFrameHistory>(history);
            builder.Services.AddHealthChecks().AddCheck("event-history", new HistoryHealthCheck(history));
        },
        static _ => { });

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object> { ["waiting"] = history.Writer.Waiting };
        return Task.FromResult(history.Writer.Problem is { } problem
            ? HealthCheckResult.Unhealthy($"Events cannot be stored: {problem}", data: data)
            : HealthCheckResult.Healthy("Events are stored.", data));
    }
}
