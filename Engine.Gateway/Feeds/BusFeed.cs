using Engine.Bus;
using Engine.Gateway.Events;
using Engine.Gateway.Streams;

namespace Engine.Gateway.Feeds;

/// <summary>Gives a gateway the events of a bus that its catalog has. The resource is the event's key, or else its source.</summary>
public static class BusFeed
{
    /// <summary>Subscribes the gateway to each type of its catalog. Publishers of the bus do not wait for any client.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="bus">The bus.</param>
    /// <returns>Ends the subscriptions when disposed.</returns>
    public static IDisposable Attach(this EventGateway gateway, IEventBus bus)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(bus);
        var attachment = new Attachment(gateway, bus);
        foreach (GatewayEventType type in gateway.Catalog.Types)
            type.Accept(attachment);
        return attachment;
    }

    private sealed class Attachment(EventGateway gateway, IEventBus bus) : IGatewayTypeVisitor, IDisposable
    {
        private readonly List<BusSubscription> _subscriptions = [];

        public void Visit<T>()
            where T : IGatewayEvent<T> =>
            _subscriptions.Add(bus.Subscribe<T>(
                (in T @event, EventContext context) => gateway.Publish(@event, context.Key ?? context.Source, context.OccurredAt),
                new BusSubscriptionOptions<T> { Name = "event-gateway", Mode = ProcessingMode.Sync }));

        public void Dispose() => _subscriptions.ForEach(static subscription => subscription.Dispose());
    }
}
