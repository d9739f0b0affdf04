using Engine.Bus;
using Engine.Bus.Versions;
using Engine.Publish;
using Engine.Storage.Records;

namespace Engine.Storage.Facade;

/// <summary>
/// Puts stored events on a bus, decoded and upcast where their types are known and by name and bytes where they are not: another bus of the
/// process, or that of a gateway, which sends them on. An event that the bus refuses is tried again. Thread-safe.
/// </summary>
public sealed class BusEventPublisher : IEventPublisher, IDisposable
{
    private readonly EventBus _bus;
    private readonly EventVersions? _versions;
    private readonly VersionedBus? _versioned;

    /// <summary>Makes a publisher.</summary>
    /// <param name="id">What it is known by.</param>
    /// <param name="bus">The bus; stays its maker's, and has to be started by him.</param>
    /// <param name="versions">The event types; null to publish all by name and bytes.</param>
    /// <param name="name">A name to be shown; null for the id.</param>
    public BusEventPublisher(string id, EventBus bus, EventVersions? versions = null, string? name = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        ArgumentNullException.ThrowIfNull(bus);
        (Id, Name, _bus, _versions) = (id, name ?? id, bus, versions);
        _versioned = versions?.Attach(bus);
    }

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>
    /// Publishes outside of the delivery that this is called in: the event is the same one on its way on, and not a consequence of itself.
    /// </summary>
    /// <inheritdoc/>
    public async ValueTask<PublishConfirmation> PublishAsync(StoredEvent @event, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(@event);
        Task task;
        using (ExecutionContext.SuppressFlow())
            task = Task.Run(() => Publish(@event), cancellationToken);
        await task.ConfigureAwait(false);
        return PublishConfirmation.Confirmed;
    }

    /// <summary>Leaves the bus as it is.</summary>
    public void Dispose() => _versioned?.Dispose();

    private void Publish(StoredEvent item)
    {
        PublishOutcome outcome;
        if (_versioned is not null && _versions!.NewestVersionOf(item.EventType) is not null)
        {
            DecodeOutcome read = _versioned.TryReceive(item.ToIncoming(), out outcome, out Exception? error);
            if (read is not (DecodeOutcome.Current or DecodeOutcome.Upcast))
                throw new InvalidOperationException($"{item} cannot be put on the bus: {read}.", error);
        }
        else
        {
            outcome = _bus.Publish(item.EventType, item.Data, item.ToIncoming().Ids);
        }

        if (outcome is PublishOutcome.Stopped or PublishOutcome.Rejected or PublishOutcome.RejectedInHandler)
            throw new InvalidOperationException($"{item} was not taken by all on the bus: {outcome}.");
    }
}
