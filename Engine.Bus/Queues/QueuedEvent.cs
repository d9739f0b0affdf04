using Engine.Events;

namespace Engine.Bus.Queues;

/// <summary>
/// An event in the queue of one subscription, with what its handler needs: it is the context that the handler gets, so that
/// an event is one object. Used again and again; one owner at a time. Publishers only write to it: a read would wait for
/// cache lines that the reader of the queue had last.
/// </summary>
internal abstract class QueuedEvent : EventContext, IEnvelope
{
    /// <summary>When it was queued, in timestamps of the bus's clock.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Calls the handler, which takes events of any type and returns when it is done.</summary>
    public abstract void Handle();

    /// <summary>Calls the handler, which takes events of any type and returns a task.</summary>
    public abstract ValueTask HandleAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Clear();

    /// <inheritdoc/>
    public abstract void Retire();
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class QueuedEvent<T>(QueuedEventPool<T> pool) : QueuedEvent
    where T : IEvent<T>
{
    private T _event = default!;
    private BoundHandler<T>? _handler;

    public ref readonly T Event => ref _event;

    /// <summary>Comes into the queue of a handler.</summary>
    /// <param name="handler">The handler, where it takes events of any type; otherwise who reads the queue has it.</param>
    public void Enter(BoundHandler<T>? handler) => _handler = handler;

    public void Fill(in T @event, EventContext context, long now, Exception? firstFailure)
    {
        // First, because it may take an id, and that waits for all stores before it.
        CopyFrom(context, now);
        _event = @event;
        QueuedAt = now;
        if (firstFailure is not null)
            Adopt(firstFailure);
        pool.CountFilled(BusThread.Current);
    }

    public override void Handle() => _handler!.Sync!(_event, this);

    public override ValueTask HandleAsync(CancellationToken cancellationToken) => _handler!.Async!(_event, this, cancellationToken);

    public override void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _event = default!;
        ForgetGiven();
        pool.CountCleared(BusThread.Current);
    }

    public override void Retire()
    {
        _handler = null;
        pool.TakeBack(this);
    }
}
