using Engine.Storage.Outbox;
using Engine.Storage.Records;

namespace Engine.Storage.Facade;

/// <summary>A publisher made of a delegate, or of what publishes an outbox, such as one to a broker.</summary>
/// <param name="id">What it is known by.</param>
/// <param name="publish">Publishes an event; to complete is to confirm, to throw is to fail.</param>
/// <param name="name">A name to be shown; null for the id.</param>
public sealed class DelegateEventPublisher(string id, Func<StoredEvent, CancellationToken, ValueTask> publish, string? name = null)
    : IEventPublisher
{
    /// <inheritdoc/>
    public string Id { get; } = id;

    /// <inheritdoc/>
    public string Name { get; } = name ?? id;

    /// <summary>Publishes as rows of an outbox are published: the same way to a broker serves both.</summary>
    /// <param name="id">What it is known by.</param>
    /// <param name="publisher">The publisher; stays its maker's.</param>
    /// <param name="name">A name to be shown; null for the id.</param>
    public static DelegateEventPublisher To(string id, IOutboxPublisher publisher, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(publisher);
        return new DelegateEventPublisher(id, publisher.PublishAsync, name);
    }

    /// <inheritdoc/>
    public async ValueTask<PublishConfirmation> PublishAsync(StoredEvent @event, CancellationToken cancellationToken)
    {
        await publish(@event, cancellationToken).ConfigureAwait(false);
        return PublishConfirmation.Confirmed;
    }
}
