using Engine.Bus;
using Engine.Bus.Options;
using Engine.Bus.Retry;
using Engine.Events;
using Engine.Storage.Databases;
using Engine.Storage.Records;

namespace Engine.Storage.Outbox;

/// <summary>
/// Publishes through an outbox for callers without a transaction of their own: the event is stored first, once, and published by the
/// dispatcher or by the call itself. All members are thread-safe.
/// </summary>
/// <param name="outbox">The outbox.</param>
/// <param name="publisher">What the call itself publishes with; the same as the dispatcher's.</param>
public sealed class ReliablePublisher(SqlOutbox outbox, IOutboxPublisher publisher)
{
    private readonly OutboxClaims _claims = new(outbox);

    /// <summary>Stores an event to be published by the dispatcher, which is wakened.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">What else is known of it.</param>
    /// <param name="cancellationToken">Gives up before it is queued for writing.</param>
    /// <returns>Stored, or why it was not; never throws for that.</returns>
    public ValueTask<ReliablePublishResult> PublishAsync<T>(
        in T @event, in EventIds ids = default, CancellationToken cancellationToken = default)
        where T : IEvent<T>
    {
        StoredEvent item;
        try
        {
            item = outbox.Encode(@event, ids);
            outbox.Check(item);
        }
        catch (Exception error) when (error is EventSerializationException or EventValidationException)
        {
            return new(new ReliablePublishResult(ReliablePublishOutcome.NotSerialized, T.Descriptor.Name, ids.Id, 0, error));
        }

        return StoreAsync(item, cancellationToken);
    }

    /// <summary>
    /// Stores an event once, and publishes it at once, again after 1 s, 2 s, 3 s and so on where that fails; each failure is
    /// told to <see cref="OutboxOptions.OnNotice"/>. When the retries end it
    /// stays in the outbox for the dispatcher. Holds no thread while it waits.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="maxRetries">Attempts after the first; 0 or more.</param>
    /// <param name="ids">What else is known of it.</param>
    /// <param name="cancellationToken">Ends the attempts; the event stays for the dispatcher.</param>
    public ValueTask<ReliablePublishResult> PublishWithRetryAsync<T>(
        T @event, int maxRetries, EventIds ids = default, CancellationToken cancellationToken = default)
        where T : IEvent<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRetries);
        return PublishAsync(@event, maxRetries, static attempt => TimeSpan.FromSeconds(attempt), ids, cancellationToken);
    }

    /// <summary>The same with delays as options say.</summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="retry">How often and when; the attempts include the first.</param>
    /// <param name="ids">What else is known of it.</param>
    /// <param name="cancellationToken">Ends the attempts; the event stays for the dispatcher.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ValueTask<ReliablePublishResult> PublishWithRetryAsync<T>(
        T @event, RetryOptions retry, EventIds ids = default, CancellationToken cancellationToken = default)
        where T : IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(retry);
        BusOptionsRules.ThrowIfBroken(retry);
        return PublishAsync(
            @event, retry.MaxAttempts == RetryOptions.Unlimited ? int.MaxValue : retry.MaxAttempts - 1,
            attempt => RetryBackoff.Next(retry, attempt - 1), ids, cancellationToken);
    }

    private async ValueTask<ReliablePublishResult> PublishAsync<T>(
        T @event, int maxRetries, Func<int, TimeSpan> delayOf, EventIds ids, CancellationToken cancellationToken)
        where T : IEvent<T>
    {
        StoredEvent item;
        try
        {
            item = outbox.Encode(@event, ids);
            outbox.Check(item);
        }
        catch (Exception error) when (error is EventSerializationException or EventValidationException)
        {
            return new ReliablePublishResult(ReliablePublishOutcome.NotSerialized, T.Descriptor.Name, ids.Id, 0, error);
        }

        ReliablePublishResult stored = await StoreAsync(item, cancellationToken).ConfigureAwait(false);
        if (stored.Outcome != ReliablePublishOutcome.Stored)
            return stored;
        Exception? latest = null;
        int attempt = 0;
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                attempt++;
                latest = await AttemptAsync(item, cancellationToken).ConfigureAwait(false);
                if (latest is null)
                    return stored with { Outcome = ReliablePublishOutcome.Published, Attempts = attempt };
                if (attempt > maxRetries)
                    break;
                await Task.Delay(delayOf(attempt), outbox.Database.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What was stored is the dispatcher's now.
        }

        return stored with { Attempts = attempt, Error = latest };
    }

    private async ValueTask<ReliablePublishResult> StoreAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        try
        {
            await outbox.InitializeAsync(cancellationToken).ConfigureAwait(false);
            await outbox.Database.WriteAsync(
                "storing a row of the outbox", session =>
                {
                    outbox.Add(session, item);
                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException error)
        {
            return new ReliablePublishResult(ReliablePublishOutcome.NotStored, item.EventType, item.Id, 0, error);
        }

        outbox.Wake();
        return new ReliablePublishResult(ReliablePublishOutcome.Stored, item.EventType, item.Id, 0, null);
    }

    /// <summary>Publishes the row if it is there, due, and no dispatcher has it; null if it is published.</summary>
    private async ValueTask<Exception?> AttemptAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        try
        {
            return await TryPublishAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException error)
        {
            // The event is stored, and who were told otherwise would store it twice.
            return error;
        }
    }

    private async ValueTask<Exception?> TryPublishAsync(StoredEvent item, CancellationToken cancellationToken)
    {
        if (await outbox.GetAsync(item.Id, cancellationToken).ConfigureAwait(false) is not { } row || row.Status == OutboxStatus.Processed)
            return null;
        if (!await _claims.TryClaimAsync(item.Id, cancellationToken).ConfigureAwait(false))
            return new InvalidOperationException(
                $"{item.EventType} {item.Id} waits for an older event of its key, or a dispatcher has it.");
        try
        {
            await publisher.PublishAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
                await _claims.ReleaseAsync([row]).ConfigureAwait(false);
            else
            {
                await _claims.FailAsync(row, error.Message, OutboxStatus.Failed).ConfigureAwait(false);
                outbox.Notify(new OutboxNotice(row.Id, row.Topic, OutboxStatus.Failed, row.RetryCount + 1, error));
            }
            return error;
        }

        await _claims.CompleteAsync([row]).ConfigureAwait(false);
        return null;
    }
}

/// <summary>What became of an event that was to be published reliably.</summary>
/// <param name="Outcome">How far it came.</param>
/// <param name="Topic">The event's name.</param>
/// <param name="Id">The event's id.</param>
/// <param name="Attempts">Attempts that the call itself made to publish it.</param>
/// <param name="Error">What went wrong; null if nothing did.</param>
public sealed record ReliablePublishResult(ReliablePublishOutcome Outcome, string Topic, Guid Id, int Attempts, Exception? Error);

/// <summary>How far an event came.</summary>
public enum ReliablePublishOutcome
{
    /// <summary>It is stored, and the dispatcher publishes it.</summary>
    Stored,

    /// <summary>It was published, and that was confirmed.</summary>
    Published,

    /// <summary>It could not be encoded, or breaks a rule; nothing was stored.</summary>
    NotSerialized,

    /// <summary>The database failed. Under the same id it may be tried again.</summary>
    NotStored,
}
