using Microsoft.Extensions.Hosting;

namespace Engine.Gateway.Hosting;

/// <summary>A host that is told by the program when to end, and answers no signals itself.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
