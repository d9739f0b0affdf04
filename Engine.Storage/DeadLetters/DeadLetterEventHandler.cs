using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>
/// Turns an event that a handler of a bus gives up into a dead letter: for subscriptions whose events are no messages. The event is
/// handled when its letter is durable; if that fails, too, the handler's error goes to the bus as it would without this. A crash before
/// loses the event, as it loses all that is in a queue of a bus. As thread-safe as the handler.
/// </summary>
/// <typeparam name="T">The event type.</typeparam>
public sealed class DeadLetterEventHandler<T> : IAsyncBusHandler<T>
    where T : IEvent<T>
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _awaited = [];
    private readonly RetryEventHandler<T> _handler;
    private readonly SqlDeadLetters _letters;
    private readonly StoredEventFactory _events;
    private readonly RetryOptions _retry;
    private long _count;

    /// <summary>Decorates a handler. Subscribe it without retries of the subscription's own.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="letters">Where letters go; its options need a factory of records.</param>
    /// <param name="subscription">The name under which they go there.</param>
    /// <param name="retry">How often and when the handler is tried again before it gives up; null for once.</param>
    /// <exception cref="ArgumentException">The letters have no factory of records.</exception>
    public DeadLetterEventHandler(IAsyncBusHandler<T> handler, SqlDeadLetters letters, string subscription, RetryOptions? retry = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(letters);
        ArgumentException.ThrowIfNullOrWhiteSpace(subscription);
        _events = letters.Options.Events ?? throw new ArgumentException(
            $"{nameof(DeadLetterOptions)}.{nameof(DeadLetterOptions.Events)} is needed to store events of a bus.", nameof(letters));
        _letters = letters;
        _retry = retry ?? RetryOptions.None;
        _handler = new RetryEventHandler<T>(handler, _retry, letters.Database.TimeProvider);
        Subscription = subscription;
    }

    /// <summary>The name under which letters are stored.</summary>
    public string Subscription { get; }

    /// <summary>Letters that were stored.</summary>
    public long LetterCount => Interlocked.Read(ref _count);

    /// <inheritdoc/>
    public async ValueTask HandleAsync(T @event, EventContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        Guid id = context.Id;
        DateTimeOffset start = _letters.Database.TimeProvider.GetUtcNow();
        _awaited.TryRemove(id, out TaskCompletionSource? awaited);
        try
        {
            await _handler.HandleAsync(@event, context, cancellationToken).ConfigureAwait(false);
            awaited?.TrySetResult();
        }
        catch (Exception error) when (awaited is not null)
        {
            // Whoever delivers a letter again has it, and notes the failure.
            awaited.TrySetException(error);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            if (!await TryStoreAsync(@event, context, error, start).ConfigureAwait(false))
                throw;
        }
    }

    /// <summary>Where letters are delivered again: to the handler, in its subscription, and to nobody else.</summary>
    /// <param name="subscription">The subscription of this handler; must have a queue.</param>
    /// <param name="bus">The versions of its bus.</param>
    public RedriveTarget RedriveTarget(BusSubscription subscription, VersionedBus bus)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentNullException.ThrowIfNull(bus);
        return DeadLetters.RedriveTarget.To(Subscription, async (item, attempt, token) =>
        {
            var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_awaited.TryAdd(item.Id, end))
                throw new InvalidOperationException($"{item} is being delivered again already.");
            try
            {
                DecodeOutcome decoded = bus.Deliver(
                    subscription, item.ToIncoming(), out PublishOutcome delivered, out Exception? error, attempt);
                if (delivered != PublishOutcome.Published)
                    throw new InvalidOperationException($"{item} was not delivered: {decoded}, {delivered}.", error);
                await end.Task.WaitAsync(token).ConfigureAwait(false);
            }
            finally
            {
                _awaited.TryRemove(item.Id, out _);
            }
        });
    }

    private async ValueTask<bool> TryStoreAsync(T @event, EventContext context, Exception error, DateTimeOffset start)
    {
        try
        {
            StoredEvent item = _events.Create(@event, new EventIds
            {
                Id = context.Id,
                CorrelationId = context.CorrelationId,
                CausationId = context.CausationId,
                Details = new EventDetails
                {
                    Source = context.Source,
                    Key = context.Key,
                    OccurredAt = context.OccurredAt,
                    Metadata = context.Metadata,
                },
            });
            int attempts = _retry.MaxAttempts == RetryOptions.Unlimited ? 1 : _retry.MaxAttempts;
            await _letters.AddAsync(DeadLetter.For(
                item, Subscription, attempts, error.Message, error, start, _letters.Database.TimeProvider.GetUtcNow()))
                .ConfigureAwait(false);
            Interlocked.Increment(ref _count);
            return true;
        }
        catch (Exception)
        {
            // The letters have counted and told it; the handler's own error says more to the bus.
            return false;
        }
    }
}
