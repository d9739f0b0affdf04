using Engine.Bus.Messages;

namespace Engine.Bus.Idempotency;

/// <summary>
/// Keeps a handler of messages from handling an event twice, by the event's id. A duplicate of an event that is handled
/// already is skipped. One of an event that is being handled goes back with a delay, its attempt uncounted. The event is
/// recorded as handled after the handler has succeeded and before the message is acknowledged; a handler that itself
/// gives the message back or parks it has not succeeded. Pass <see cref="HandleAsync"/> to
/// <see cref="MessageSubscription.RunAsync(Func{EventMessage, CancellationToken, ValueTask}, int, CancellationToken)"/>. Thread-safe.
/// </summary>
public sealed class IdempotentMessageHandler
{
    private readonly Func<EventMessage, CancellationToken, ValueTask> _inner;
    private readonly IdempotencyGuard _guard;

    /// <summary>Wraps a handler.</summary>
    /// <param name="inner">The handler.</param>
    /// <param name="options">The store, the subscription's name, and how long claims hold.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public IdempotentMessageHandler(Func<EventMessage, CancellationToken, ValueTask> inner, IdempotencyOptions options)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _guard = new IdempotencyGuard(options);
    }

    /// <summary>Messages that were skipped because their event had been handled.</summary>
    public long DuplicateCount => _guard.DuplicateCount;

    /// <summary>Handles one delivery.</summary>
    /// <param name="message">The delivery.</param>
    /// <param name="cancellationToken">Cancelled when the consumer is to end.</param>
    public async ValueTask HandleAsync(EventMessage message, CancellationToken cancellationToken)
    {
        IdempotencyClaim claim = await _guard.RunAsync(message.Id, (_inner, message), RunAsync, cancellationToken).ConfigureAwait(false);
        if (claim.Outcome == IdempotencyClaimOutcome.Completed)
            message.Skip();
        else if (claim.Outcome != IdempotencyClaimOutcome.Claimed)
            message.PutOff(_guard.DelayFor(claim));

        static async ValueTask<bool> RunAsync(
            (Func<EventMessage, CancellationToken, ValueTask> Inner, EventMessage Message) call, CancellationToken token)
        {
            await call.Inner(call.Message, token).ConfigureAwait(false);
            return !call.Message.IsReturned;
        }
    }
}
