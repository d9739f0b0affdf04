using System.Diagnostics.CodeAnalysis;
using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Versions;
using Engine.Storage.Facade;
using Engine.Storage.Hosting;
using Engine.Storage.Hosting.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers an event-driven architecture with a host's services.</summary>
public static class EventDrivenServiceCollectionExtensions
{
    private const string LoggerName = "Engine.Storage";

    /// <summary>
    /// Registers an <see cref="EventDrivenArchitecture"/> that starts and stops with the host, with its outbox, its retention and, if that
    /// is asked for, its re-driver; and its <see cref="EventDrivenStorage"/>. Where a bus is registered by <c>AddEventBus</c>, it is that
    /// bus. Failures, dead letters and alerts are logged. A configuration that breaks rules makes the host's start fail, and the message
    /// lists all of them.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="section">The configuration, such as <c>configuration.GetSection("EventDriven")</c>; null for the defaults.</param>
    /// <param name="versions">The event types with their codecs; null where all events are records with bytes.</param>
    /// <param name="configure">Changes the configuration after the section has been read.</param>
    public static IServiceCollection AddEventDriven(
        this IServiceCollection services, IConfiguration? section = null, EventVersions? versions = null,
        Action<EventDrivenConfig>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(provider => Make(provider, section, versions, configure));
        services.TryAddSingleton(static provider => provider.GetRequiredService<EventDrivenArchitecture>().Storage);
        services.AddHostedService<EventDrivenHostedService>();
        return services;
    }

    /// <summary>Has a processor get the stored events of a type.</summary>
    /// <param name="services">The services.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="processor">Makes the processor; called once.</param>
    public static IServiceCollection AddEventProcessor(
        this IServiceCollection services, string eventType, Func<IServiceProvider, IEventProcessor> processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return services.AddSingleton(new PartRegistration((provider, architecture) =>
            architecture.Processors.RegisterProcessorAsync(eventType, processor(provider))));
    }

    /// <summary>Has a publisher get the stored events of a type.</summary>
    /// <param name="services">The services.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="publisher">Makes the publisher; called once.</param>
    public static IServiceCollection AddEventPublisher(
        this IServiceCollection services, string eventType, Func<IServiceProvider, IEventPublisher> publisher)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        return services.AddSingleton(new PartRegistration((provider, architecture) =>
            architecture.Publishers.RegisterPublisherAsync(eventType, publisher(provider))));
    }

    /// <summary>Has a subscriber get the events of a type from the bus.</summary>
    /// <param name="services">The services.</param>
    /// <param name="eventType">A name or a pattern.</param>
    /// <param name="subscriber">Makes the subscriber; called once.</param>
    public static IServiceCollection AddEventSubscriber(
        this IServiceCollection services, string eventType, Func<IServiceProvider, IEventSubscriber> subscriber)
    {
        ArgumentNullException.ThrowIfNull(subscriber);
        return services.AddSingleton(new PartRegistration((provider, architecture) =>
        {
            architecture.SubscribeToEvent(eventType, subscriber(provider));
            return Task.CompletedTask;
        }));
    }

    private static EventDrivenArchitecture Make(
        IServiceProvider provider, IConfiguration? section, EventVersions? versions, Action<EventDrivenConfig>? configure)
    {
        ILogger logger = LoggerOf(provider);
        EventDrivenConfig config = section is null
            ? new EventDrivenConfig()
            : EventDrivenConfiguration.Read(section, provider.GetService<IConfiguration>() as IConfigurationRoot);
        configure?.Invoke(config);
        return new EventDrivenArchitecture(config, new EventDrivenParts
        {
            Versions = versions ?? provider.GetService<EventVersions>(),
            Bus = provider.GetService<EventBus>(),
            TimeProvider = provider.GetService<TimeProvider>(),
            OnDeadLetter = notice => StorageLog.Letter(logger, notice),
            OnOutboxNotice = notice => StorageLog.Outbox(logger, notice),
            OnFault = (part, error) => StorageLog.Fault(logger, part, error),
            OnAlert = alert => StorageLog.Alert(logger, alert),
        });
    }

    private static ILogger LoggerOf(IServiceProvider provider) =>
        GuardedLogger.Of(provider.GetService<ILoggerFactory>()?.CreateLogger(LoggerName));

    private sealed record PartRegistration(Func<IServiceProvider, EventDrivenArchitecture, Task> RegisterAsync);

    [SuppressMessage("Performance", "CA1812", Justification = "Made by the services.")]
    private sealed class EventDrivenHostedService(
        IServiceProvider provider, EventDrivenArchitecture architecture, IEnumerable<PartRegistration> parts) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            foreach (PartRegistration part in parts)
                await part.RegisterAsync(provider, architecture).ConfigureAwait(false);
            await architecture.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            // When the host's patience ends, the stop goes on by itself, and the host reports that it did not wait.
            EventDrivenStopReport report = await architecture.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            StorageLog.Left(LoggerOf(provider), report);
        }
    }
}
