namespace Engine.Bus.Versions;

/// <summary>
/// A bus on which handlers of the newest versions get older events too, and the one way in for events from outside,
/// whatever their version: live, from a store or re-driven. All members are thread-safe.
/// </summary>
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
            foreach (UpcastPath path in versions.Paths)
            {
                if (path.Attach(bus) is { } subscription)
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
    /// do for any publish on the bus.
    /// </summary>
    /// <param name="incoming">The event.</param>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public UpcastOutcome Receive(in IncomingEvent incoming)
    {
        UpcastPath? path = _versions.PathOf(incoming.Version);
        if (path is null)
        {
            UpcastOutcome reason = _versions.NewestVersionOf(incoming.Version.EventName) is null
                ? UpcastOutcome.ParkedUnknownEvent
                : UpcastOutcome.ParkedUnknownVersion;
            return Park(incoming, reason, error: null);
        }

        if (path.Publish(_bus, incoming.Payload, incoming.Ids) is { } error)
            return Park(incoming, UpcastOutcome.ParkedUnreadable, error);
        return path.IsCurrent ? UpcastOutcome.Current : UpcastOutcome.Upcast;
    }

    /// <summary>Ends the upcasting. May wait for a running call of it.</summary>
    public void Dispose()
    {
        foreach (BusSubscription subscription in _subscriptions)
            subscription.Dispose();
    }

    private UpcastOutcome Park(in IncomingEvent incoming, UpcastOutcome reason, Exception? error) =>
        Parked.TryAdd(incoming, reason, error) ? reason : UpcastOutcome.RefusedParkingFull;
}
