using Engine.Events;

namespace Engine.Bus;

/// <summary>What a bus knows of one event type: who is subscribed to it, by type or by pattern.</summary>
internal abstract class BusTopic(EventDescriptor descriptor)
{
    public EventDescriptor Descriptor { get; } = descriptor;

    /// <summary>The pattern that matches this event type only.</summary>
    public EventNamePattern Pattern { get; } = EventNamePattern.Parse(descriptor.Name);

    public ThreadCounter Published { get; } = new();

    public abstract int SubscriptionCount { get; }

    /// <summary>Adds a pattern's subscription, if the pattern matches. Under the bus's lock.</summary>
    public abstract void AddMatching(BusSubscription subscription, IAnyEventHandler handler);

    /// <summary>Takes a subscription out, if it is in. Under the bus's lock.</summary>
    public abstract void Remove(BusSubscription subscription);
}
