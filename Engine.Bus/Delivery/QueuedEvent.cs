using Engine.Bus.Queues;
using Engine.Events;

namespace Engine.Bus.Delivery;

/// <summary>
/// An event in the queue of one subscription, with what its handler needs: it is the context that the handler gets, so that
/// an event is one object. Used again and again; one owner at a time. Publishers only write to it: a read would wait for
/// cache lines that the reader of the queue had last.
/// </summary>
internal abstract class QueuedEvent : EventContext, IEnvelope
{
    /// <summary>When it was queued, in timestamps of the bus's clock.</summary>
    public long QueuedAt { get; set; }

    /// <summary>What its first try on the publisher's thread threw; null if there was none.</summary>
    public Exception? FirstFailure { get; protected set; }

    /// <summary>Calls a handler of single events.</summary>
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
    private HandlerForm<T> _handler = null!;

    public ref readonly T Event => ref _event;

    public void Fill(in T @event, EventContext context, HandlerForm<T> handler, long now, Exception? firstFailure)
    {
        _event = @event;
        _handler = handler;
        QueuedAt = now;
        FirstFailure = firstFailure;
        CopyFrom(context, now);
        pool.CountFilled(BusThread.Current);
    }

    public override ValueTask HandleAsync(CancellationToken cancellationToken) => _handler.InvokeAsync(_event, this, cancellationToken);

    public override void Clear()
    {
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _event = default!;
        if (FirstFailure is not null)
            FirstFailure = null;
        pool.CountCleared(BusThread.Current);
    }

    public override void Retire()
    {
        _handler = null!;
        pool.TakeBack(this);
    }
}
