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
    private readonly TimeProvider _timeProvider;
    private readonly IdempotencyGuard _guard;

    /// <summary>Wraps a handler.</summary>
    /// <param name="inner">The handler.</param>
    /// <param name="options">The store, the subscription's name, and how long claims hold.</param>
    /// <exception cref="ArgumentException">An option is missing or out of its range.</exception>
    public IdempotentEventHandler(IAsyncBusHandler<T> inner, IdempotencyOptions options)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _guard = new IdempotencyGuard(options);
        _timeProvider = options.TimeProvider;
    }

    /// <summary>Events that were not handled because they had been.</summary>
    public long DuplicateCount => _guard.DuplicateCount;

    /// <inheritdoc/>
    public async ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        while (true)
        {
            IdempotencyClaim claim = await _guard
                .RunAsync(context.Id, (_inner, @event, context), RunAsync, cancellationToken).ConfigureAwait(false);
            if (claim.Outcome is IdempotencyClaimOutcome.Claimed or IdempotencyClaimOutcome.Completed)
                return;
            await Task.Delay(_guard.DelayFor(claim), _timeProvider, cancellationToken).ConfigureAwait(false);
        }

        static async ValueTask<bool> RunAsync((IAsyncBusHandler<T> Inner, T Event, EventContext Context) call, CancellationToken token)
        {
            await call.Inner.HandleAsync(call.Event, call.Context, token).ConfigureAwait(false);
            return true;
        }
    }
}
