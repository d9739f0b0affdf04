using System.Diagnostics;
using Engine.Publish;

namespace Engine.Bus.Versions;

/// <summary>
/// A bus on which handlers of the newest versions get older events too, and the one way in for events from outside,
/// whatever their version: live, from a store or re-driven. All members are thread-safe.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class VersionedBus : IDisposable
{
    private readonly EventVersions _versions;
    private readonly EventBus _bus;
    private readonly List<BusSubscription> _subscriptions = [];

    internal VersionedBus(EventVersions versions, EventBus bus, ParkedEvents parking)
    {
        _versions = versions;
        _bus = bus;
        Parked = parking;
        try
        {
            foreach (KnownVersion version in versions.All)
            {
                if (version.Attach(bus) is { } subscription)
                    _subscriptions.Add(subscription);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Events from outside that could not be published.</summary>
    public ParkedEvents Parked { get; }

    /// <summary>
    /// Publishes an event from outside in its own version, and by that as the newest too; or parks it. Handlers run as they
    /// do for any publish on the bus. An event is published wholly or not at all: what cannot be upcast for handlers that want
    /// the newest version reaches those of its own version neither.
    /// </summary>
    /// <param name="incoming">The event.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public UpcastOutcome Receive(in IncomingEvent incoming) => Receive(incoming, out _);

    /// <inheritdoc cref="Receive(in IncomingEvent)"/>
    /// <param name="incoming">The event.</param>
    /// <param name="published">What became of it on the bus: also whether a queue was full or the bus has stopped.</param>
    public UpcastOutcome Receive(in IncomingEvent incoming, out PublishOutcome published)
    {
        DecodeOutcome outcome = TryReceive(incoming, out published, out Exception? error);
        return outcome switch
        {
            DecodeOutcome.Current => UpcastOutcome.Current,
            DecodeOutcome.Upcast => UpcastOutcome.Upcast,
            DecodeOutcome.UnknownVersion => Park(incoming, UpcastOutcome.ParkedUnknownVersion, error: null),
            DecodeOutcome.UnknownEvent => Park(incoming, UpcastOutcome.ParkedUnknownEvent, error: null),
            DecodeOutcome.Unreadable => Park(incoming, UpcastOutcome.ParkedUnreadable, error),
            _ => Park(incoming, UpcastOutcome.ParkedUpcastFailed, error),
        };
    }

    /// <summary>
    /// The same without parking: what cannot be read stays the caller's.
    /// </summary>
    /// <param name="incoming">The event.</param>
    /// <param name="published">What became of it on the bus; <see cref="PublishOutcome.NotSubscribed"/> if it was not read.</param>
    /// <param name="error">What codec or upcaster threw; null if nothing was thrown.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public DecodeOutcome TryReceive(in IncomingEvent incoming, out PublishOutcome published, out Exception? error)
    {
        PublishResult result = default;
        if (_versions.Find(incoming.Version, out DecodeOutcome outcome) is { } known)
            outcome = known.Publish(_bus, incoming, out result);
        published = outcome is DecodeOutcome.Current or DecodeOutcome.Upcast ? result.Outcome : PublishOutcome.NotSubscribed;
        error = result.Error;
        return outcome;
    }

    /// <summary>
    /// Publishes an event by its name and bytes, where its type is known at run time only: in the newest version of the name. Nothing
    /// is parked: what cannot be read stays the caller's.
    /// </summary>
    /// <param name="name">The name that all versions share.</param>
    /// <param name="payload">The bytes of exactly one event, as the codec of the newest version reads them. Not kept.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <returns>What became of it on the bus.</returns>
    /// <exception cref="ArgumentException">The name is not known.</exception>
    /// <exception cref="FormatException">The bytes cannot be read; the inner exception is what the codec threw.</exception>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public PublishOutcome Publish(string name, ReadOnlyMemory<byte> payload, EventIds ids = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        DecodeOutcome outcome = TryPublish(name, payload, out PublishOutcome published, out Exception? error, ids);
        return outcome switch
        {
            DecodeOutcome.Current or DecodeOutcome.Upcast => published,
            DecodeOutcome.UnknownEvent => throw new ArgumentException(
                $"Event \"{name}\" is not among the versions of bus \"{_bus.Name}\", which are: {string.Join(", ", _versions.EventNames)}.",
                nameof(name)),
            _ => throw new FormatException($"The bytes given for event \"{name}\" cannot be read: {error?.Message}", error),
        };
    }

    /// <summary>The same, where names and bytes that are not known are no fault of the caller's.</summary>
    /// <param name="name">The name that all versions share.</param>
    /// <param name="payload">The bytes of exactly one event, as the codec of the newest version reads them. Not kept.</param>
    /// <param name="published">What became of it on the bus; <see cref="PublishOutcome.NotSubscribed"/> if it was not read.</param>
    /// <param name="error">What the codec threw; null if nothing was thrown.</param>
    /// <param name="ids">The ids; empty ones are filled in.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public DecodeOutcome TryPublish(
        string name, ReadOnlyMemory<byte> payload, out PublishOutcome published, out Exception? error, EventIds ids = default)
    {
        PublishResult result = new(PublishOutcome.NotSubscribed, null);
        DecodeOutcome outcome = DecodeOutcome.UnknownEvent;
        if (name is not null && _versions.NewestVersionOf(name) is { } newest
            && _versions.Find(new EventVersion(name, newest), out outcome) is { } known)
            outcome = known.Publish(_bus, new IncomingEvent(new EventVersion(name, newest), payload, ids), out result);
        bool isRead = outcome is DecodeOutcome.Current or DecodeOutcome.Upcast;
        (published, error) = (isRead ? result.Outcome : PublishOutcome.NotSubscribed, result.Error);
        return outcome;
    }

    /// <summary>
    /// Delivers an event from outside to one subscription and to nobody else: a dead letter that is driven again, or history
    /// for one that comes late. The subscription gets the newest version if it takes that, otherwise the event's own. Nothing
    /// is parked: what cannot be read stays the caller's.
    /// </summary>
    /// <param name="subscription">A subscription of this bus.</param>
    /// <param name="incoming">The event.</param>
    /// <param name="delivered">
    /// What became of it, as <see cref="BusSubscription.Deliver"/> says; <see cref="PublishOutcome.NotSubscribed"/> if it was not read.
    /// </param>
    /// <param name="error">What codec or upcaster threw; null if nothing was thrown.</param>
    /// <param name="attempt">Which attempt it is for the handler; at least 1.</param>
    /// <exception cref="ArgumentException">The subscription is one of another bus.</exception>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public DecodeOutcome Deliver(
        BusSubscription subscription, in IncomingEvent incoming, out PublishOutcome delivered, out Exception? error, int attempt = 1)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        if (subscription.Bus != _bus)
            throw new ArgumentException(
                $"Subscription {subscription} is one of bus \"{subscription.Bus.Name}\", not of \"{_bus.Name}\".", nameof(subscription));
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        PublishResult result = new(PublishOutcome.NotSubscribed, null);
        if (_versions.Find(incoming.Version, out DecodeOutcome outcome) is { } known)
            outcome = known.Deliver(_bus, subscription, incoming, attempt, out result);
        (delivered, error) = result;
        return outcome;
    }

    /// <summary>Ends the upcasting. May wait for a running call of it.</summary>
    public void Dispose()
    {
        foreach (BusSubscription subscription in _subscriptions)
            subscription.Dispose();
    }

    /// <summary>The bus, what is known, and what is parked.</summary>
    public override string ToString() => $"{_bus.Name}: {_versions}; {Parked}";

    private UpcastOutcome Park(in IncomingEvent incoming, UpcastOutcome reason, Exception? error) =>
        Parked.TryAdd(incoming, reason, error) ? reason : UpcastOutcome.RefusedParkingFull;
}
