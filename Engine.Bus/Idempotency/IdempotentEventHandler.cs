using Engine.Events;

namespace Engine.Bus.Idempotency;

/// <summary>
/// Keeps a handler from handling an event twice, by the event's id. A duplicate of an event that is handled already does
/// nothing. One of an event that is being handled waits, without holding a thread, until that attempt has ended: then it
/// does nothing either, or, if the attempt failed or crashed, it is the next attempt. Thread-safe.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class IdempotentEventHandler<T> : IAsyncBusHandler<T>
    where T : IEvent<T>
{
    private readonly IAsyncBusHandler<T> _inner;
    private readonly IdempotencyOptions _options;
    private readonly IdempotencyGuard _guard;
    private long _duplicates;

    /// <summary>Wraps a handler.</summary>
    /// <param name="inner">The handler.</param>
    /// <param name="options">The store, the subscription's name, and how long claims hold.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public IdempotentEventHandler(IAsyncBusHandler<T> inner, IdempotencyOptions options)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _inner = inner;
        _options = options;
        _guard = new IdempotencyGuard(options.Store, options.ClaimLease);
    }

    /// <summary>Events that were not handled because they had been.</summary>
    public long DuplicateCount => Interlocked.Read(ref _duplicates);

    /// <inheritdoc/>
    public async ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        var key = new IdempotencyKey(_options.Subscription, context.Id);
        while (true)
        {
            IdempotencyClaim claim = await _guard.RunAsync(key, (_inner, @event, context), RunAsync, cancellationToken).ConfigureAwait(false);
            switch (claim.Outcome)
            {
                case IdempotencyClaimOutcome.Claimed:
                    return;
                case IdempotencyClaimOutcome.Completed:
                    Interlocked.Increment(ref _duplicates);
                    return;
                default:
                    await Task.Delay(_options.DelayFor(claim), _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                    break;
            }
        }

        static async ValueTask<bool> RunAsync((IAsyncBusHandler<T> Inner, T Event, EventContext Context) call, CancellationToken token)
        {
            await call.Inner.HandleAsync(call.Event, call.Context, token).ConfigureAwait(false);
            return true;
        }
    }
}
