using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>A subscription whose handler takes batches.</summary>
/// <typeparam name="T">The event type.</typeparam>
/// <typeparam name="THandler">The handler; a readonly struct is called without indirection.</typeparam>
internal sealed class BatchSubscription<T, THandler>(
    SubscriptionRegistry registry, long id, SubscriptionOptions<T> options, THandler handler)
    : Subscription<T>(registry, id, options)
    where T : unmanaged, IEvent<T>
    where THandler : IBatchHandler<T>
{
    private readonly THandler _handler = handler;

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
                _handler.Handle(new ReadOnlySpan<T>(in @event), envelope);
            }
        }
        catch (Exception exception)
        {
            ReportError(envelope, envelope.Sequence, envelope.Sequence, exception);
        }

        scope.ExitTo(depth);
    }

    private protected override void DeliverRun(ReadOnlySpan<T> events, in Envelope envelope)
    {
        CountDelivered(events.Length);
        try
        {
            _handler.Handle(events, envelope);
        }
        catch (Exception exception)
        {
            ReportError(envelope, envelope.Sequence, envelope.Sequence + events.Length - 1, exception);
        }
    }
}
