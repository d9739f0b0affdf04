using System.Diagnostics.Metrics;
using Engine.Hosting;
using Engine.Primitives;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers an engine with a host's services.</summary>
public static class EngineServiceCollectionExtensions
{
    /// <summary>
    /// Registers an <see cref="EventEngine"/> as a singleton that starts and stops with the host. It is built when it
    /// is first asked for. Its metrics go to the host's meter factory.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Registers event types and sets options.</param>
    public static IServiceCollection AddEventEngine(this IServiceCollection services, Action<EngineBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton(provider =>
        {
            var builder = new EngineBuilder();
            configure(builder);
            builder.Options.MeterFactory ??= provider.GetService<IMeterFactory>();
            return builder.Build();
        });
        services.AddHostedService<EngineHostedService>();
        return services;
    }

    private sealed class EngineHostedService(EventEngine engine) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            if (engine.State == LifecycleState.Created)
                engine.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken: cancellationToken);
    }
}
