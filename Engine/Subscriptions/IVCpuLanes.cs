using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>The lanes of one virtual CPU, seen from what takes effect at one of its instructions. On its thread only.</summary>
internal interface IVCpuLanes
{
    /// <summary>Who publishes.</summary>
    ProducerInfo Info { get; }

    /// <summary>The sequence that the next event of a type gets; false where the producer has no lane of it.</summary>
    bool TryGetNextSequence<T>(out long sequence)
        where T : unmanaged, IEvent<T>;

    /// <summary>How the ring of an event type is doing.</summary>
    LaneUse GetUse<T>()
        where T : unmanaged, IEvent<T>;

    /// <summary>Publishes an event of a registered type, as long as the engine takes any.</summary>
    void Publish<T>(in T @event)
        where T : unmanaged, IEvent<T>;
}
