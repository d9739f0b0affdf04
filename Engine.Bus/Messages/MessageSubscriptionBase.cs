using System.Diagnostics;
using Engine.Bus.Routing;
using Engine.Bus.Versions;
using Engine.Events;
using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>
/// A subscription whose events wait as messages until a consumer has acknowledged each; what there is beside consuming. All members are
/// thread-safe.
/// </summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public abstract class MessageSubscriptionBase : IAsyncDisposable
{
    private protected MessageSubscriptionBase(MessageSubscriptionCore core) => Core = core;

    /// <summary>Name for statistics and error reports.</summary>
    public string Name => Core.Name;

    /// <summary>Which event names it takes.</summary>
    public IReadOnlyList<EventNamePattern> Patterns => Core.Patterns;

    internal MessageSubscriptionCore Core { get; }

    /// <summary>Takes the next message if there is one and the output buffer has room. Does not wait.</summary>
    /// <param name="message">The delivery.</param>
    public bool TryTake(out EventMessage message) => Core.TryTake(out message);

    /// <summary>
    /// Runs the messages through a router until the token is cancelled or the subscription ends. One is acked when all routes that match
    /// have handled it, or when a filter stops it; it is nacked when a route throws, and when no route takes it, because an ack would
    /// lose it: whatever the router's <see cref="UnroutedPolicy"/>. Otherwise as a run with a handler.
    /// </summary>
    /// <param name="router">The router.</param>
    /// <param name="maxConcurrency">Messages that may be routed at the same time, at least 1.</param>
    /// <param name="cancellationToken">Ends the call, without an exception.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxConcurrency"/> is less than 1.</exception>
    public Task RunAsync(AsyncEventRouter router, int maxConcurrency = 1, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(router);
        return Core.RunAsync(MessageRouting.Through(router), maxConcurrency, cancellationToken);
    }

    /// <summary>
    /// Gives an event to this subscription alone, under the ids given: a dead letter that is tried again, or one from history.
    /// Admission, order and outcome are as for a publish on the bus. <c>NotSubscribed</c> if no topic matches, or it has ended.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">Its ids, and whether it comes from history; what is left empty is filled in as by a publish.</param>
    /// <param name="attempt">Which attempt its first delivery here is, from 1: 3 after two that failed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is below 1.</exception>
    /// <exception cref="EventLoopException">Handlers publish too deep, or the event is being handled further up.</exception>
    public PublishOutcome Deliver<T>(in T @event, in EventIds ids = default, int attempt = 1)
        where T : IEvent<T>
    {
        if (attempt < 1)
            throw new ArgumentOutOfRangeException(nameof(attempt), attempt, "Attempts count from 1.");
        // Of the topics that match, the first takes the event over.
        for (int i = 0; i < Core.Intakes.Count; i++)
        {
            if (Patterns[i].Matches(T.Descriptor.Name))
                return Core.Intakes[i].Deliver(@event, ids, attempt);
        }

        return PublishOutcome.NotSubscribed;
    }

    /// <summary>
    /// The same for an event that is a name, a version and bytes. The first of the topics that takes the newest version, or else the
    /// event's own, gets it. Nothing is parked: what cannot be read stays the caller's.
    /// </summary>
    /// <param name="bus">The versions of the bus that this is a subscription of.</param>
    /// <param name="incoming">The event.</param>
    /// <param name="delivered">What became of it; <c>NotSubscribed</c> also if it was not read.</param>
    /// <param name="error">What codec or upcaster threw; null if nothing was thrown.</param>
    /// <param name="attempt">Which attempt its first delivery here is, from 1.</param>
    /// <exception cref="ArgumentException">The subscription is one of another bus.</exception>
    /// <exception cref="EventLoopException">Handlers publish too deep, or the event is being handled further up.</exception>
    public DecodeOutcome Deliver(
        VersionedBus bus, in IncomingEvent incoming, out PublishOutcome delivered, out Exception? error, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(bus);
        int next = 0;
        while (true)
        {
            DecodeOutcome outcome = bus.Deliver(Core.Intakes[next], incoming, out delivered, out error, attempt);
            if (++next == Core.Intakes.Count || delivered != PublishOutcome.NotSubscribed || error is not null)
                return outcome;
        }
    }

    /// <summary>
    /// The same, and waits until the message is settled for good. Holds no thread; as long as nobody consumes, it takes until the token
    /// is cancelled, and the message stays in the queue.
    /// </summary>
    /// <param name="bus">The versions of the bus that this is a subscription of.</param>
    /// <param name="incoming">The event, with its id: that is what is waited for, also if it comes by another way meanwhile.</param>
    /// <param name="attempt">Which attempt its first delivery here is, from 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentException">The event has no id.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended; what becomes of the message is not known.</exception>
    internal async Task<AwaitedDelivery> DeliverAsync(
        VersionedBus bus, IncomingEvent incoming, int attempt = 1, CancellationToken cancellationToken = default)
    {
        if (incoming.Ids.Id == Guid.Empty)
            throw new ArgumentException("An event whose end is waited for needs an id.", nameof(incoming));
        MessageWatch watcher = Core.Queue.Watch(incoming.Ids.Id);
        DecodeOutcome decoded;
        PublishOutcome delivered;
        Exception? error;
        try
        {
            decoded = Deliver(bus, incoming, out delivered, out error, attempt);
        }
        catch
        {
            Core.Queue.Unwatch(incoming.Ids.Id, watcher);
            throw;
        }

        // What the subscription's filter left out became no message.
        if (delivered == PublishOutcome.Published && !watcher.IsAccepted)
            delivered = PublishOutcome.NotSubscribed;
        if (delivered != PublishOutcome.Published)
        {
            Core.Queue.Unwatch(incoming.Ids.Id, watcher);
            return new AwaitedDelivery(decoded, delivered, null, error);
        }

        MessageEnd end = await Core.Queue.WatchAsync(incoming.Ids.Id, watcher, cancellationToken).ConfigureAwait(false);
        return new AwaitedDelivery(decoded, delivered, end, null);
    }

    /// <summary>The parked messages, oldest first; none where there is a store for them. Allocates.</summary>
    public IReadOnlyList<ParkedMessage> GetParked() => Core.Queue.GetParked();

    /// <summary>
    /// Puts a parked message back into the queue, under its old id and sequence and with all attempts before it. The checkpoint does
    /// not move.
    /// </summary>
    /// <param name="message">The message.</param>
    public ParkedOutcome Requeue(ParkedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Core.Queue.Requeue(message);
    }

    /// <summary>Drops a parked message.</summary>
    /// <param name="message">The message.</param>
    public ParkedOutcome Discard(ParkedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Core.Queue.Discard(message);
    }

    /// <summary>Reads all counters. Delays no publisher.</summary>
    public MessageSubscriptionStatistics GetStatistics() => Core.GetStatistics();

    /// <summary>
    /// Ends the subscription: no event is taken over any more, and consumers end after the message they have. Waits for
    /// publishers that are inside the subscription. Messages in flight may still be settled; what waits stays counted
    /// as waiting. Does nothing the second time.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        Core.End();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private string DebuggerDisplay => $"{this}, {GetStatistics().Waiting} waiting, {GetStatistics().InFlight} in flight";

    /// <summary>The name and the patterns.</summary>
    public override string ToString() => $"\"{Name}\" ({string.Join(", ", Patterns)})";
}
