using System.Runtime.CompilerServices;
using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus.Calls;

/// <summary>One event of a known type for a handler that returns when it is done.</summary>
/// <typeparam name="T">The event type, which all events of the queue have.</typeparam>
internal sealed class SyncUnit<T>(SubscriptionQueue queue, RunnerCounters counters, BusAction<T> handler) : SyncUnit(queue, counters)
    where T : IEvent<T>
{
    protected override void Handle(QueuedEvent queued)
    {
        QueuedEvent<T> typed = Unsafe.As<QueuedEvent<T>>(queued);
        handler(typed.Event, typed);
    }
}

/// <summary>One event of a known type for a handler that returns a task.</summary>
/// <typeparam name="T">The event type, which all events of the queue have.</typeparam>
internal sealed class AsyncUnit<T>(SubscriptionQueue queue, RunnerCounters counters, AsyncBusAction<T> handler)
    : AsyncUnit(queue, counters)
    where T : IEvent<T>
{
    protected override ValueTask HandleAsync(QueuedEvent queued, CancellationToken cancellationToken)
    {
        QueuedEvent<T> typed = Unsafe.As<QueuedEvent<T>>(queued);
        return handler(typed.Event, typed, cancellationToken);
    }
}

/// <summary>One event of any type for a handler that returns when it is done.</summary>
internal sealed class AnySyncUnit(SubscriptionQueue queue, RunnerCounters counters) : SyncUnit(queue, counters)
{
    protected override void Handle(QueuedEvent queued) => queued.Handle();
}

/// <summary>One event of any type for a handler that returns a task.</summary>
internal sealed class AnyAsyncUnit(SubscriptionQueue queue, RunnerCounters counters) : AsyncUnit(queue, counters)
{
    protected override ValueTask HandleAsync(QueuedEvent queued, CancellationToken cancellationToken) => queued.HandleAsync(cancellationToken);
}
