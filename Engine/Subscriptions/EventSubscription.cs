using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>A subscription whose handler takes single events.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <typeparam name="THandler">The handler; a readonly struct is called without indirection.</typeparam>
internal sealed class EventSubscription<T, THandler>(
    SubscriptionRegistry registry, long id, SubscriptionOptions<T> options, THandler handler)
    : Subscription<T>(registry, id, options)
    where T : unmanaged, IEvent<T>
    where THandler : IEventHandler<T>
{
    private readonly THandler _handler = handler;

    private protected override void DeliverRun(ReadOnlySpan<T> events, in Envelope envelope)
    {
        int next = 0;
        while (next < events.Length && IsActive)
            next = DeliverUntilError(events, next, envelope);
        CountDelivered(next);
    }

    public override void DeliverInline(in T @event, in Envelope envelope, HandlerScope scope)
    {
        if (Trims)
        {
            Deliver(new ReadOnlySpan<T>(in @event), envelope, scope);
            return;
        }

        int depth = scope.EnterAt(HandlerNumber, this);
        try
        {
            if (IsActive && Passes(@event, envelope))
            {
                CountDeliveredInline(scope);
                _handler.Handle(@event, envelope);
            }
        }
        catch (Exception exception)
        {
            ReportError(envelope, envelope.Sequence, envelope.Sequence, exception);
        }

        scope.ExitTo(depth);
    }

    /// <summary>Calls the handler event by event; ends after the last one, after one that threw, or after a cancellation.</summary>
    private int DeliverUntilError(ReadOnlySpan<T> events, int next, in Envelope envelope)
    {
        try
        {
            // The handler may end its own subscription, and then gets no further event.
            for (; next < events.Length && IsActive; next++)
                _handler.Handle(events[next], envelope.AtSequence(envelope.Sequence + next));
            return next;
        }
        catch (Exception exception)
        {
            long sequence = envelope.Sequence + next;
            ReportError(envelope, sequence, sequence, exception);
            return next + 1;
        }
    }
}
