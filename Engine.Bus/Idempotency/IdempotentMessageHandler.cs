using Engine.Bus.Messages;

namespace Engine.Bus.Idempotency;

/// <summary>
/// Keeps a handler of messages from handling an event twice, by the event's id. A duplicate of an event that is handled
/// already is skipped. One of an event that is being handled goes back with a delay, its attempt uncounted. The event is
/// recorded as handled after the handler has succeeded and before the message is acknowledged; a handler that itself
/// gives the message back or parks it has not succeeded. Pass <see cref="HandleAsync"/> to
/// <see cref="MessageSubscription.RunAsync"/>. Thread-safe.
/// </summary>
public sealed class IdempotentMessageHandler
{
    private readonly MessageAction _inner;
    private readonly IdempotencyOptions _options;
    private readonly IdempotencyGuard _guard;
    private long _duplicates;

    /// <summary>Wraps a handler.</summary>
    /// <param name="inner">The handler.</param>
    /// <param name="options">The store, the subscription's name, and how long claims hold.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public IdempotentMessageHandler(MessageAction inner, IdempotencyOptions options)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _inner = inner;
        _options = options;
        _guard = new IdempotencyGuard(options.Store, options.ClaimLease);
    }

    /// <summary>Messages that were skipped because their event had been handled.</summary>
    public long DuplicateCount => Interlocked.Read(ref _duplicates);

    /// <summary>Handles one delivery.</summary>
    /// <param name="message">The delivery.</param>
    /// <param name="cancellationToken">Cancelled when the consumer is to end.</param>
    public async ValueTask HandleAsync(EventMessage message, CancellationToken cancellationToken)
    {
        var key = new IdempotencyKey(_options.Subscription, message.Id);
        IdempotencyClaim claim = await _guard.RunAsync(key, (_inner, message), RunAsync, cancellationToken).ConfigureAwait(false);
        switch (claim.Outcome)
        {
            case IdempotencyClaimOutcome.Claimed:
                return;
            case IdempotencyClaimOutcome.Completed:
                Interlocked.Increment(ref _duplicates);
                message.Skip();
                return;
            default:
                message.PutOff(_options.DelayFor(claim));
                return;
        }

        static async ValueTask<bool> RunAsync((MessageAction Inner, EventMessage Message) call, CancellationToken token)
        {
            await call.Inner(call.Message, token).ConfigureAwait(false);
            return !call.Message.IsReturned;
        }
    }
}
