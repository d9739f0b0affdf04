using Engine.Bus.Calls;
using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus;

/// <summary>What a bus knows of one event type: who is subscribed to it, by type or by pattern.</summary>
internal abstract class TopicRuntime(BusCore core, EventDescriptor descriptor) : TopicCore(core, descriptor)
{
    /// <summary>The pattern that matches this event type only.</summary>
    public EventNamePattern Pattern { get; } = EventNamePattern.Parse(descriptor.Name);

    /// <summary>Events published while somebody was subscribed. Under the bus's lock.</summary>
    public abstract long PublishedCount { get; }

    public abstract int SubscriptionCount { get; }

    /// <summary>The envelopes that queued events are in.</summary>
    public abstract PoolStatistics EventPool { get; }

    /// <summary>The event type's name.</summary>
    public override string ToString() => Descriptor.Name;

    /// <summary>Adds a pattern's subscription, if the pattern matches. Under the bus's lock.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="handler">How its handler is called.</param>
    public abstract void AddMatching(SubscriptionCore subscription, AnyForm handler);

    /// <summary>Has publishers take the way that the subscription's settings ask for. Under the bus's lock.</summary>
    public abstract void Rebind(SubscriptionCore subscription);

    /// <summary>Takes a subscription out, if it is in. Under the bus's lock.</summary>
    public abstract void Remove(SubscriptionCore subscription);

    /// <summary>
    /// Closes the account of a subscription that has been taken out and that no publisher is inside of any more. Under the
    /// bus's lock.
    /// </summary>
    public abstract void Settle(SubscriptionCore subscription);

    /// <summary>Has every publisher look at the state of the bus from now on. Under the bus's lock.</summary>
    public abstract void RefusePublishers();
}
