using Engine.Bus.Delivery;
using Engine.Events;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>What a bus knows of one event type: who is subscribed to it, by type or by pattern.</summary>
internal abstract class BusTopic(BusCore core, EventDescriptor descriptor) : TopicCore(core, descriptor)
{
    /// <summary>The pattern that matches this event type only.</summary>
    public EventNamePattern Pattern { get; } = EventNamePattern.Parse(descriptor.Name);

    public ThreadCounter Published { get; } = new();

    public abstract int SubscriptionCount { get; }

    /// <summary>The pool of queued events.</summary>
    public abstract PoolStatistics EventPool { get; }

    /// <summary>The pool of batches.</summary>
    public abstract PoolStatistics BatchPool { get; }

    /// <summary>The event type's name.</summary>
    public override string ToString() => Descriptor.Name;

    /// <summary>Adds a pattern's subscription, if the pattern matches. Under the bus's lock.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="handler">An <see cref="IAnyEventHandler"/> or an <see cref="IAnyAsyncEventHandler"/>.</param>
    public abstract void AddMatching(SubscriptionCore subscription, object handler);

    /// <summary>Has publishers take the way that the subscription's settings ask for. Under the bus's lock.</summary>
    public abstract void Rebind(SubscriptionCore subscription);

    /// <summary>Takes a subscription out, if it is in. Under the bus's lock.</summary>
    public abstract void Remove(SubscriptionCore subscription);
}
