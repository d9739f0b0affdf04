using Engine.Bus.Options;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Bus.Hosting;

/// <summary>The health of a bus that there is not: a check of a misspelt name must not make a bus, and call it healthy.</summary>
/// <param name="name">The name that was asked for.</param>
/// <param name="known">The names there are.</param>
internal sealed class UnknownBusHealthCheck(string name, IReadOnlyCollection<string> known) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string hint = NearMiss.Find(name, known) is { } near
            ? $"; did you mean \"{near}\"?"
            : known.Count == 0 ? "; there is none" : $"; there are {string.Join(", ", known.Order(StringComparer.Ordinal))}";
        return Task.FromResult(new HealthCheckResult(
            context.Registration?.FailureStatus ?? HealthStatus.Unhealthy, $"There is no bus named \"{name}\"{hint}"));
    }
}
