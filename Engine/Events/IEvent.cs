namespace Engine.Events;

/// <summary>
/// An event type: an unmanaged struct with a static descriptor. A ring slot is the struct itself, so its size
/// decides the throughput of its lane; keep it small and a power of two where possible.
/// </summary>
/// <typeparam name="TSelf">The event struct.</typeparam>
public interface IEvent<TSelf>
    where TSelf : unmanaged, IEvent<TSelf>
{
    /// <summary>Name, shard, capacity, overflow policy and priority of the type. Must always return the same instance.</summary>
    static abstract EventDescriptor Descriptor { get; }
}
