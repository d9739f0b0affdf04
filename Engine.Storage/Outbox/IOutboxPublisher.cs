using Engine.Storage.Records;
using Engine.Storage.Stores;

namespace Engine.Storage.Outbox;

/// <summary>
/// Publishes rows of an outbox. The same event may come twice, with the same id, after a crash. Must be thread-safe.
/// </summary>
public interface IOutboxPublisher
{
    /// <summary>
    /// Publishes an event. To complete is to confirm it: somebody else has it durably, and not just in a queue in memory.
    /// </summary>
    /// <param name="event">The event.</param>
    /// <param name="cancellationToken">Cancelled shortly before the dispatcher's lease ends; what completes later does not count.</param>
    ValueTask PublishAsync(StoredEvent @event, CancellationToken cancellationToken);

    /// <summary>
    /// Publishes events in order, all or none of them; called first, and if it throws each is published alone.
    /// </summary>
    /// <param name="events">The events.</param>
    /// <param name="cancellationToken">As for one.</param>
    /// <returns>False where there is no such way: then nothing was done.</returns>
    ValueTask<bool> TryPublishAsync(IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken) => new(false);
}

/// <summary>Ways to publish rows of an outbox.</summary>
public static class OutboxPublisher
{
    /// <summary>Appends to an event store; durable subscriptions take it from there.</summary>
    /// <param name="store">The store.</param>
    public static IOutboxPublisher To(IEventStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new StorePublisher(store);
    }

    /// <summary>Anything else; to complete is to confirm.</summary>
    /// <param name="publish">Publishes an event.</param>
    public static IOutboxPublisher To(Func<StoredEvent, CancellationToken, ValueTask> publish)
    {
        ArgumentNullException.ThrowIfNull(publish);
        return new DelegatePublisher(publish);
    }

    private sealed class StorePublisher(IEventStore store) : IOutboxPublisher
    {
        public async ValueTask PublishAsync(StoredEvent @event, CancellationToken cancellationToken) =>
            await store.AppendAsync(@event, cancellationToken).ConfigureAwait(false);

        public async ValueTask<bool> TryPublishAsync(IReadOnlyList<StoredEvent> events, CancellationToken cancellationToken)
        {
            await store.AppendAsync(events, cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private sealed class DelegatePublisher(Func<StoredEvent, CancellationToken, ValueTask> publish) : IOutboxPublisher
    {
        public ValueTask PublishAsync(StoredEvent @event, CancellationToken cancellationToken) => publish(@event, cancellationToken);
    }
}
