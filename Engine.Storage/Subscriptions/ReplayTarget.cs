using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Publish;
using Engine.Storage.Records;

namespace Engine.Storage.Subscriptions;

/// <summary>
/// Who gets events of a replay: what is named, and nobody else. Events keep their ids, say that they are a replay, and come in the newest
/// version where handlers take that. Thread-safe.
/// </summary>
public abstract class ReplayTarget
{
    private protected ReplayTarget()
    {
    }

    /// <summary>A delegate, with the records as they are stored.</summary>
    /// <param name="handler">To complete is to have handled the event, to throw to have failed.</param>
    public static ReplayTarget To(Func<StoredEvent, CancellationToken, ValueTask> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return new DelegateTarget(handler);
    }

    /// <summary>One subscription of a bus.</summary>
    /// <param name="bus">The versions of its bus.</param>
    /// <param name="subscription">The subscription. If it has a queue, handling is not waited for.</param>
    public static ReplayTarget To(VersionedBus bus, BusSubscription subscription)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(subscription);
        return new SubscriptionTarget(bus, subscription);
    }

    /// <summary>One subscription whose messages are acknowledged; each is waited for.</summary>
    /// <param name="bus">The versions of its bus.</param>
    /// <param name="subscription">The subscription.</param>
    public static ReplayTarget To(VersionedBus bus, MessageSubscriptionBase subscription)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(subscription);
        return new MessageTarget(bus, subscription);
    }

    internal abstract ValueTask HandleAsync(StoredEvent item, CancellationToken cancellationToken);

    private sealed class DelegateTarget(Func<StoredEvent, CancellationToken, ValueTask> handler) : ReplayTarget
    {
        internal override ValueTask HandleAsync(StoredEvent item, CancellationToken cancellationToken) => handler(item, cancellationToken);
    }

    private sealed class SubscriptionTarget(VersionedBus bus, BusSubscription subscription) : ReplayTarget
    {
        internal override ValueTask HandleAsync(StoredEvent item, CancellationToken cancellationToken)
        {
            long errors = subscription.ErrorCount;
            DecodeOutcome decoded = bus.Deliver(
                subscription, item.ToIncoming(isReplay: true), out PublishOutcome delivered, out Exception? error);
            if (delivered != PublishOutcome.Published)
                throw new InvalidOperationException($"{item} was not delivered: {decoded}, {delivered}.", error);
            // Where the handler ran on this thread it has failed by now.
            if (subscription.Mode == ProcessingMode.Sync && subscription.ErrorCount > errors)
                throw new InvalidOperationException($"{subscription} failed on {item}.");
            return ValueTask.CompletedTask;
        }
    }

    private sealed class MessageTarget(VersionedBus bus, MessageSubscriptionBase subscription) : ReplayTarget
    {
        internal override async ValueTask HandleAsync(StoredEvent item, CancellationToken cancellationToken)
        {
            AwaitedDelivery delivery = await subscription.DeliverAsync(
                bus, item.ToIncoming(isReplay: true), 1, cancellationToken).ConfigureAwait(false);
            if (delivery.End is not (MessageEnd.Acked or MessageEnd.Skipped))
            {
                throw new InvalidOperationException(
                    $"{item} was not handled: {delivery.Decoded}, {delivery.Delivered}, {delivery.End}.", delivery.Error);
            }
        }
    }
}
