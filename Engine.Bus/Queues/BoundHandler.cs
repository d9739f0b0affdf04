using Engine.Events;

namespace Engine.Bus.Queues;

/// <summary>
/// The handler of a subscription for one event type, as the queue's publishers need it: to call it themselves, or to send it along
/// where one queue has events of several types.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
/// <param name="Sync">The handler, if it returns when it is done; null otherwise.</param>
/// <param name="Async">The handler, if it returns a task; null otherwise, and for one of batches.</param>
/// <param name="IsOfAnyType">Whether events of other types come into the same queue.</param>
internal sealed record BoundHandler<T>(BusAction<T>? Sync, Func<T, EventContext, CancellationToken, ValueTask>? Async, bool IsOfAnyType)
    where T : IEvent<T>;
