using Engine.Gateway.Streams;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Engine.Gateway.Web;

/// <summary>Ends the streams before the web server waits for them, and logs what the gateway could not publish.</summary>
internal sealed class GatewayLifetime(EventGateway gateway, ILogger<GatewayLifetime> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        gateway.OnSkipped ??= skipped =>
            ServerLog.Skipped(logger, skipped.Type, skipped.ResourceId, skipped.Outcome, skipped.Problem);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => gateway.StopAsync();

    public Task StopAsync(CancellationToken cancellationToken) => gateway.StopAsync();

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
