using Engine.Events;

namespace Engine.Bus.Delivery;

/// <summary>An event in the queue of one subscription, with what its handler needs. Pooled; one owner at a time.</summary>
internal abstract class QueuedEvent
{
    /// <summary>What the handler gets beside the payload.</summary>
    public EventContext Context { get; } = new();

    /// <summary>When it was queued, in timestamps of the bus's clock.</summary>
    public long QueuedAt { get; set; }

    /// <summary>What its first try on the publisher's thread threw; null if there was none.</summary>
    public Exception? FirstFailure { get; set; }

    /// <summary>Runs the handler of a single event.</summary>
    public abstract ValueTask HandleAsync(CancellationToken cancellationToken);

    /// <summary>Forgets the payload and goes back to the pool.</summary>
    public abstract void Release(BusThread thread);
}

/// <inheritdoc/>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class QueuedEvent<T>(QueuedEventPool<T> pool) : QueuedEvent
    where T : IEvent<T>
{
    private T _event = default!;
    private HandlerBinding<T> _binding = null!;

    public ref readonly T Event => ref _event;

    public void Fill(in T @event, EventContext context, HandlerBinding<T> binding, long now)
    {
        _event = @event;
        _binding = binding;
        QueuedAt = now;
        Context.CopyFrom(context, now);
    }

    public override ValueTask HandleAsync(CancellationToken cancellationToken) => _binding.HandleAsync(_event, Context, cancellationToken);

    public override void Release(BusThread thread)
    {
        _event = default!;
        _binding = null!;
        FirstFailure = null;
        pool.Return(this, thread);
    }
}
