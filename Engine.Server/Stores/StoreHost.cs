using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Gateway.Events;
using Engine.Storage.Facade;
using Engine.Storage.Outbox;
using Engine.Tooling;
using Microsoft.Extensions.Logging;

namespace Engine.Server.Stores;

/// <summary>
/// Keeps the events of the server's bus for good, but for metrics and logs: through the outbox into the store, and from there to a
/// webhook if one is set. What the webhook does not take after a few attempts becomes a dead letter. Thread-safe.
/// </summary>
internal sealed class StoreHost : IAsyncDisposable
{
    public const string WebhookId = "webhook";

    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(5);

    private readonly List<BusSubscription> _subscriptions = [];
    private readonly ReliablePublisher _publisher;
    private readonly Webhook? _webhook;
    private readonly ILogger _logger;

    private StoreHost(EventDrivenArchitecture architecture, Webhook? webhook, ILogger logger)
    {
        Architecture = architecture;
        _webhook = webhook;
        _logger = logger;
        _publisher = new ReliablePublisher(architecture.Storage.Outbox, OutboxPublisher.To(architecture.EventStore));
    }

    public EventDrivenArchitecture Architecture { get; }

    /// <summary>Opens the store, and begins to keep events.</summary>
    /// <exception cref="UsageException">The store cannot be opened.</exception>
    public static async Task<StoreHost> StartAsync(
        StoreSettings settings, EventBus bus, string source, ILogger logger, CancellationToken cancellationToken)
    {
        var architecture = new EventDrivenArchitecture(settings.Config, new EventDrivenParts
        {
            Versions = Versions(),
            Source = source,
            OnDeadLetter = notice => StoreLog.Letter(logger, notice.Kind.ToString(), notice.Topic, notice.Subscription, notice.Text),
            OnFault = (part, error) => StoreLog.Fault(logger, part, error),
            OnAlert = alert => StoreLog.Alert(logger, alert.Part, alert.IsCleared, alert.Text),
        });
        Webhook? webhook = settings.Webhook is { } address ? new Webhook(address) : null;
        var host = new StoreHost(architecture, webhook, logger);
        try
        {
            if (webhook is not null)
                await architecture.Processors.RegisterProcessorAsync("**", new DelegateEventProcessor(WebhookId, webhook.SendAsync))
                    .ConfigureAwait(false);
            await architecture.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EventDrivenException error)
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw new UsageException($"EventDriven:Store: {error.GetBaseException().Message}");
        }

        host.Keep<NodeStatus>(bus);
        host.Keep<ContainerStatus>(bus);
        host.Keep<PipelineStatus>(bus);
        host.Keep<PipelineProgress>(bus);
        host.Keep<SystemAlert>(bus);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        _subscriptions.ForEach(static subscription => subscription.Dispose());
        await Architecture.StopAsync(StopTime).ConfigureAwait(false);
        await Architecture.DisposeAsync().ConfigureAwait(false);
        _webhook?.Dispose();
    }

    private static EventVersions Versions() => new EventVersionsBuilder()
        .Add(GatewayJsonContext.Of<NodeStatus>())
        .Add(GatewayJsonContext.Of<ContainerStatus>())
        .Add(GatewayJsonContext.Of<PipelineStatus>())
        .Add(GatewayJsonContext.Of<PipelineProgress>())
        .Add(GatewayJsonContext.Of<SystemAlert>())
        .Build();

    private void Keep<T>(EventBus bus)
        where T : IGatewayEvent<T> =>
        _subscriptions.Add(bus.Subscribe<T>(
            async (T item, EventContext context, CancellationToken token) => await KeepAsync(item, context, token).ConfigureAwait(false),
            new BusSubscriptionOptions<T> { Name = "event-store" }));

    private async ValueTask KeepAsync<T>(T item, EventContext context, CancellationToken cancellationToken)
        where T : IGatewayEvent<T>
    {
        var ids = new EventIds
        {
            Id = context.Id,
            CorrelationId = context.CorrelationId,
            CausationId = context.CausationId,
            Details = new EventDetails { Key = context.Key, Source = context.Source, OccurredAt = context.OccurredAt },
        };
        ReliablePublishResult result = await _publisher.PublishAsync(item, ids, cancellationToken).ConfigureAwait(false);
        if (result.Error is not null)
            StoreLog.NotKept(_logger, T.Descriptor.Name, result.Outcome.ToString(), result.Error);
    }
}
