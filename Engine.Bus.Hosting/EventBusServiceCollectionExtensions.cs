using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Engine.Bus;
using Engine.Bus.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers buses with a host's services.</summary>
public static class EventBusServiceCollectionExtensions
{
    /// <summary>The name of the logger.</summary>
    private const string LoggerName = "Engine.Bus";

    /// <summary>
    /// Registers a bus that starts and stops with the host: as the keyed services <see cref="IEventBus"/> and
    /// <see cref="EventBus"/> of its name, and without a key if it is the first. Changes of the section take effect while it
    /// runs; those that break rules are logged and change nothing. Failures of handlers are logged too, at most 10 in one second.
    /// Logger, meter factory and clock come from the services.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The bus's name, and that of its options.</param>
    /// <param name="section">Where its options come from, such as <c>configuration.GetSection("EventBus")</c>; null for code only.</param>
    /// <param name="configure">Changes the options after the section has been read, also after each change of it.</param>
    public static IServiceCollection AddEventBus(
        this IServiceCollection services, string name, IConfiguration? section = null, Action<EventBusOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var registration = new EventBusRegistration(name, section, configure);
        services.AddSingleton(registration);
        services.AddOptions();
        services.AddSingleton<IConfigureOptions<EventBusOptions>>(registration);
        AddShared(services);
        services.TryAddKeyedSingleton(name, static (provider, key) => provider.GetRequiredService<IEventBusFactory>().Get((string)key!));
        services.TryAddKeyedSingleton<IEventBus>(name, static (provider, key) => provider.GetRequiredKeyedService<EventBus>(key));
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<EventBus>(name));
        services.TryAddSingleton<IEventBus>(static provider => provider.GetRequiredService<EventBus>());
        return services;
    }

    /// <summary>The same, with options from code only.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The bus's name, and that of its options.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddEventBus(this IServiceCollection services, string name, Action<EventBusOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddEventBus(name, section: null, configure);
    }

    /// <summary>
    /// Adds the health of a bus to the host's health checks. A bus that is neither registered nor made by then fails the check.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="busName">The bus.</param>
    /// <param name="failureStatus">What an unhealthy bus is reported as; by default unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddEventBusHealthCheck(
        this IHealthChecksBuilder builder, string busName, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(busName);
        return builder.Add(new HealthCheckRegistration(
            $"bus {busName}",
            provider => HealthCheckOf(provider, busName),
            failureStatus,
            tags));
    }

    private static IHealthCheck HealthCheckOf(IServiceProvider provider, string busName)
    {
        IEventBusFactory? factory = provider.GetService<IEventBusFactory>();
        HashSet<string> known = [
            .. factory?.Names ?? [], .. provider.GetServices<EventBusRegistration>().Select(static registration => registration.Name)];
        return factory is not null && known.Contains(busName)
            ? new EventBusHealthCheck(factory.GetMonitor(busName))
            : new UnknownBusHealthCheck(busName, known);
    }

    private static void AddShared(IServiceCollection services)
    {
        services.TryAddSingleton(static provider => new BusOptionsMonitor(
            provider.GetRequiredService<IOptionsFactory<EventBusOptions>>(),
            provider.GetServices<EventBusRegistration>(),
            provider.GetService<IConfiguration>() as IConfigurationRoot,
            LoggerOf(provider),
            provider.GetService<TimeProvider>() ?? TimeProvider.System));
        services.TryAddSingleton<IOptionsMonitor<EventBusOptions>>(static provider => provider.GetRequiredService<BusOptionsMonitor>());
        services.TryAddSingleton<IEventBusFactory>(static provider =>
        {
            BusOptionsMonitor options = provider.GetRequiredService<BusOptionsMonitor>();
            var factory = new EventBusFactory(options.Get, LoggerOf(provider), provider.GetService<IMeterFactory>());
            options.Target = factory.Update;
            return factory;
        });
        services.AddHostedService<EventBusHostedService>();
    }

    private static ILogger LoggerOf(IServiceProvider provider) =>
        provider.GetService<ILoggerFactory>()?.CreateLogger(LoggerName) ?? NullLogger.Instance;

    [SuppressMessage("Performance", "CA1812", Justification = "Made by the services.")]
    private sealed class EventBusHostedService(IEventBusFactory factory, IEnumerable<EventBusRegistration> registrations) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            foreach (EventBusRegistration registration in registrations)
                factory.Get(registration.Name);
            factory.Start();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => factory.StopAsync(cancellationToken);
    }
}
