namespace Engine.Events;

/// <summary>
/// An event type: a type with a static descriptor. An engine's lanes carry unmanaged structs; a ring slot is the struct
/// itself, so its size decides the throughput of its lane: keep it small and a power of two where possible. A bus
/// carries any type, best an immutable record.
/// </summary>
/// <typeparam name="TSelf">The event type itself.</typeparam>
public interface IEvent<TSelf>
    where TSelf : IEvent<TSelf>
{
    /// <summary>Name, shard, capacity, overflow policy and priority of the type. Must always return the same instance.</summary>
    static abstract EventDescriptor Descriptor { get; }

    /// <summary>
    /// The name by which the event is known where it is stored and on the wire, with <see cref="Version"/>. Neither may change
    /// once an event has left the process. The descriptor's name, unless the type is one of several versions of an event.
    /// </summary>
    static virtual string EventName => TSelf.Descriptor.Name;

    /// <summary>The version, from 1; 1 unless the type says otherwise.</summary>
    static virtual int Version => 1;
}
