using System.Buffers;
using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Primitives;
using Engine.Storage.Records;
using Engine.Storage.Subscriptions;

namespace Engine.Storage.Facade;

/// <summary>Puts stored events on the bus, and hands those of the bus to subscribers as records. Thread-safe.</summary>
internal sealed class BusRelay(
    EventBus bus, EventDrivenStorage storage, int channelCapacity)
{
    private readonly Dictionary<(string Type, string Id), BusSubscription> _subscriptions = [];
    private BusEventPublisher? _publisher;

    public void Start() => _publisher ??= new BusEventPublisher("bus", bus, storage.Versions);

    public void Stop() => _publisher?.Dispose();

    public void Subscribe(string eventType, IEventSubscriber subscriber)
    {
        BusSubscription subscription = bus.Subscribe(
            eventType, new Adapter(storage, subscriber),
            new BusSubscriptionOptions
            {
                Name = $"subscriber:{subscriber.Id}",
                Mode = ProcessingMode.Async,
                MaxConcurrency = 1,
                QueueCapacity = channelCapacity,
                // A subscriber that is too slow holds up nobody; what it misses is counted.
                OverflowPolicy = OverflowPolicy.DropOldest,
            });
        lock (_subscriptions)
            _subscriptions.Add((eventType, subscriber.Id), subscription);
    }

    public async ValueTask UnsubscribeAsync(string eventType, string id)
    {
        BusSubscription? subscription;
        lock (_subscriptions)
            _subscriptions.Remove((eventType, id), out subscription);
        if (subscription is not null)
            await subscription.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask PublishAsync(EventDelivery delivery, CancellationToken cancellationToken) =>
        await _publisher!.PublishAsync(delivery.Event, cancellationToken).ConfigureAwait(false);

    private sealed class Adapter(EventDrivenStorage storage, IEventSubscriber subscriber) : IAsyncBusAnyHandler
    {
        public async ValueTask HandleAsync<T>(T @event, EventContext context, CancellationToken cancellationToken)
            where T : IEvent<T>
        {
            // Nearly always from the cache of the store, where it has just been put.
            StoredEvent? item = await storage.Events.GetAsync(context.Id, cancellationToken).ConfigureAwait(false);
            await subscriber.HandleEventAsync(item ?? RecordOf(@event, context), cancellationToken).ConfigureAwait(false);
        }

        /// <summary>The record of an event that somebody published on the bus past the store.</summary>
        private StoredEvent RecordOf<T>(T @event, EventContext context)
            where T : IEvent<T>
        {
            var buffer = new ArrayBufferWriter<byte>();
            if (@event is NamedEvent named)
                buffer.Write(named.Payload.Span);
            else if (storage.Versions?.Encode(@event, buffer) is not { Outcome: EncodeOutcome.Encoded })
                throw new InvalidOperationException($"{context.EventType.Name} {context.Id} is not stored and has no codec.");
            return new StoredEvent
            {
                Id = context.Id,
                EventType = context.EventType.Name,
                Data = buffer.WrittenMemory,
                Timestamp = context.OccurredAt,
                Source = context.Source,
                Key = context.Key,
                CorrelationId = context.CorrelationId,
                CausationId = context.CausationId,
                Metadata = context.Metadata,
            };
        }
    }
}
