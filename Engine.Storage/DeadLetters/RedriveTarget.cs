using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Publish;
using Engine.Storage.Records;

namespace Engine.Storage.DeadLetters;

/// <summary>Where letters of one subscription are delivered again: to that subscription and to nobody else. Thread-safe.</summary>
public abstract class RedriveTarget
{
    private protected RedriveTarget(string subscription)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(subscription);
        Subscription = subscription;
    }

    /// <summary>The subscription's name, as its letters have it.</summary>
    public string Subscription { get; }

    /// <summary>A subscription whose messages are acknowledged; a letter is gone when its message was acked or skipped.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="bus">The versions of its bus.</param>
    public static RedriveTarget To(MessageSubscriptionBase subscription, VersionedBus bus)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        ArgumentNullException.ThrowIfNull(bus);
        return new MessageTarget(subscription, bus);
    }

    /// <summary>Anything else: to complete is an ack, to throw a failure.</summary>
    /// <param name="subscription">The name that its letters have.</param>
    /// <param name="handler">Gets the event and the number of the attempt.</param>
    public static RedriveTarget To(string subscription, Func<StoredEvent, int, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return new DelegateTarget(subscription, handler);
    }

    /// <summary>Delivers a letter, and waits for its end.</summary>
    internal abstract ValueTask<RedriveEnd> DeliverAsync(DeadLetter letter, CancellationToken cancellationToken);

    private sealed class DelegateTarget(string subscription, Func<StoredEvent, int, CancellationToken, ValueTask> handler)
        : RedriveTarget(subscription)
    {
        internal override async ValueTask<RedriveEnd> DeliverAsync(DeadLetter letter, CancellationToken cancellationToken)
        {
            await handler(letter.Event, letter.NextFailures, cancellationToken).ConfigureAwait(false);
            return RedriveEnd.Acked;
        }
    }

    private sealed class MessageTarget(MessageSubscriptionBase subscription, VersionedBus bus) : RedriveTarget(subscription.Name)
    {
        internal override async ValueTask<RedriveEnd> DeliverAsync(DeadLetter letter, CancellationToken cancellationToken)
        {
            // A message that has no attempt left would be parked before it is handled: each round counts from 1.
            AwaitedDelivery delivery = await subscription.DeliverAsync(
                bus, letter.Event.ToIncoming(), attempt: 1, cancellationToken).ConfigureAwait(false);
            return delivery.End switch
            {
                MessageEnd.Acked or MessageEnd.Skipped => RedriveEnd.Acked,
                // The subscription's own store, which may be this one, has noted the failure.
                MessageEnd.Parked => RedriveEnd.ParkedAgain,
                MessageEnd.Dropped => RedriveEnd.NotTaken,
                _ when delivery.Delivered is PublishOutcome.Rejected or PublishOutcome.RejectedInHandler or PublishOutcome.Dropped
                    or PublishOutcome.Stopped => RedriveEnd.NotTaken,
                _ => throw new InvalidOperationException(
                    $"The event was not delivered: {delivery.Decoded}, {delivery.Delivered}.", delivery.Error),
            };
        }
    }
}

/// <summary>How the delivery of a letter ended.</summary>
internal enum RedriveEnd
{
    Acked,
    ParkedAgain,
    NotTaken,
}

/// <summary>What became of letters that were delivered again.</summary>
/// <param name="Matched">Letters that were meant, up to the limit.</param>
/// <param name="Delivered">Letters that were acknowledged and are gone.</param>
/// <param name="Failed">Letters that failed again and are still there.</param>
/// <param name="NotTaken">Letters that nobody took: the subscription is unknown, full or has ended, or gave no answer in time.</param>
/// <param name="Exhausted">Letters among the failed ones that are not tried by themselves any more.</param>
public sealed record RedriveReport(int Matched, int Delivered, int Failed, int NotTaken, int Exhausted);

/// <summary>How far a re-drive is.</summary>
/// <param name="Done">Letters that were tried.</param>
/// <param name="Matched">Letters that are meant.</param>
public readonly record struct RedriveProgress(int Done, int Matched);
