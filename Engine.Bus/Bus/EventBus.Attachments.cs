using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>Engines whose events go through the bus too.</summary>
public sealed partial class EventBus
{
    private readonly Dictionary<Type, BusSubscription> _republishing = [];
    private EngineAttachment[] _attachments = [];

    /// <summary>
    /// Has the events of an engine go through the bus: to those who subscribe to their types or match their names. While nobody
    /// on the bus wants an event type, the bus is not subscribed to it, and the engine's publishers pay nothing. Handlers in sync
    /// mode run on the engine's dispatcher threads. Stop the engine first and the bus after it, so that nothing is under way between them.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="isWanted">Chooses among its event types; by default all.</param>
    /// <returns>Dispose it to end the attachment; the end of the bus ends it too.</returns>
    /// <exception cref="InvalidOperationException">
    /// Events that are chosen go through this bus already, by another attachment to the same engine.
    /// </exception>
    public EngineAttachment Attach(IEventSubscriptions engine, Predicate<EventDescriptor>? isWanted = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var attachment = new EngineAttachment(this, engine, isWanted ?? (static _ => true));
        lock (_changeLock)
        {
            ObjectDisposedException.ThrowIf(State is LifecycleState.Stopping or LifecycleState.Stopped, this);
            if (_attachments.Select(other => other.SharedWith(attachment)).FirstOrDefault(static name => name is not null) is { } shared)
            {
                throw new InvalidOperationException(
                    $"The engine's events of type \"{shared}\" go through bus \"{Name}\" already, and would be delivered twice; "
                    + "dispose of the other attachment, or leave them out.");
            }

            Volatile.Write(ref _attachments, [.. _attachments, attachment]);
        }

        attachment.Reconcile();
        return attachment;
    }

    /// <summary>Notes who publishes events of a type again as another one.</summary>
    /// <returns>Whether nobody else does.</returns>
    internal bool TryClaimRepublishing(Type eventType, BusSubscription subscription)
    {
        lock (_changeLock)
        {
            if (_republishing.TryGetValue(eventType, out BusSubscription? other) && other.IsActive)
                return false;
            _republishing[eventType] = subscription;
            return true;
        }
    }

    internal void Remove(EngineAttachment attachment)
    {
        lock (_changeLock)
            Volatile.Write(ref _attachments, [.. _attachments.Where(other => other != attachment)]);
    }

    // Outside the bus's lock: ending a subscription of the engine waits for its handler, which may be in a handler of the bus
    // that subscribes.
    private void ReconcileAttachments()
    {
        foreach (EngineAttachment attachment in Volatile.Read(ref _attachments))
            attachment.Reconcile();
    }
}
