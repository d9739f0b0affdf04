using Engine.Events;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>Engines whose events go through the bus too.</summary>
public sealed partial class EventBus
{
    private EngineAttachment[] _attachments = [];

    /// <summary>
    /// Has the events of an engine go through the bus: to those who subscribe to their types or match their names. While nobody
    /// on the bus wants an event type, the bus is not subscribed to it, and the engine's publishers pay nothing. Handlers in sync
    /// mode run on the engine's dispatcher threads. Stop the engine first and the bus after it, so that nothing is under way between them.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="isWanted">Chooses among its event types; by default all.</param>
    /// <returns>Dispose it to end the attachment; the end of the bus ends it too.</returns>
    public EngineAttachment Attach(IEventSubscriptions engine, Predicate<EventDescriptor>? isWanted = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var attachment = new EngineAttachment(this, engine, isWanted ?? (static _ => true));
        lock (_changeLock)
        {
            ObjectDisposedException.ThrowIf(State is LifecycleState.Stopping or LifecycleState.Stopped, this);
            Volatile.Write(ref _attachments, [.. _attachments, attachment]);
        }

        attachment.Reconcile();
        return attachment;
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
