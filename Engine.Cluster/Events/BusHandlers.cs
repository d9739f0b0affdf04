using Engine.Bus.Messages;
using Engine.Bus.Versions;
using Engine.Publish;

namespace Engine.Cluster.Events;

/// <summary>Handlers of a consumer that give events to a bus, decoded and upcast. Stateless.</summary>
internal static class BusHandlers
{
    /// <summary>All on the bus that want the event.</summary>
    public static Func<ClusterEventMessage, CancellationToken, ValueTask> Of(VersionedBus bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        return (message, _) =>
        {
            DecodeOutcome decoded = bus.TryReceive(message.Event.ToIncoming(), out PublishOutcome published, out Exception? error);
            CheckRead(message, decoded, error);
            if (published is PublishOutcome.Stopped or PublishOutcome.Rejected or PublishOutcome.RejectedInHandler)
                throw new InvalidOperationException($"{message.Event} was not taken by all on the bus: {published}.", error);
            return ValueTask.CompletedTask;
        };
    }

    /// <summary>One message subscription, whose acknowledgement is waited for.</summary>
    public static Func<ClusterEventMessage, CancellationToken, ValueTask> Of(VersionedBus bus, MessageSubscriptionBase subscription)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(subscription);
        return async (message, token) =>
        {
            AwaitedDelivery delivery = await subscription.DeliverAsync(bus, message.Event.ToIncoming(), 1, token).ConfigureAwait(false);
            CheckRead(message, delivery.Decoded, delivery.Error);
            // What its filter leaves out became no message.
            if (delivery.Delivered == PublishOutcome.NotSubscribed)
                return;
            if (delivery.End is not (MessageEnd.Acked or MessageEnd.Skipped or MessageEnd.Parked))
            {
                throw new InvalidOperationException(
                    $"{message.Event} was not handled by \"{subscription.Name}\": {delivery.Delivered}, {delivery.End}.", delivery.Error);
            }
        };
    }

    private static void CheckRead(ClusterEventMessage message, DecodeOutcome decoded, Exception? error)
    {
        if (decoded is not (DecodeOutcome.Current or DecodeOutcome.Upcast))
            throw new EventNotReadableException($"{message.Event} cannot be read here: {decoded}.", error);
    }
}

/// <summary>Nothing here can read an event: to try again is of no use before the program is another one.</summary>
internal sealed class EventNotReadableException(string message, Exception? inner) : Exception(message, inner);
