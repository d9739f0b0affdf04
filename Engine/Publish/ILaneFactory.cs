using Engine.Events;

namespace Engine.Publish;

/// <summary>Makes the lanes of producers; the host implements it.</summary>
internal interface ILaneFactory
{
    /// <summary>Makes the lane of an event type for one producer and starts to serve it.</summary>
    EventLane<T> CreateLane<T>(ProducerState producer)
        where T : unmanaged, IEvent<T>;

    /// <summary>Does the same; null where the engine has been stopped.</summary>
    EventLane<T>? TryCreateLane<T>(ProducerState producer)
        where T : unmanaged, IEvent<T>;

    /// <summary>Ends a producer's lanes. Events already published are still dispatched.</summary>
    void Retire(ProducerState producer);
}
