using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Emulator.Cli;

/// <summary>Gives what subscribes through it the boundaries and the region of the command line.</summary>
/// <param name="engine">Where the events come from.</param>
/// <param name="settings">The boundaries.</param>
internal sealed class BoundedEvents(IEventSubscriptions engine, BoundarySettings settings) : IEventSubscriptions
{
    /// <summary>What the subscriptions cover, once one has begun or has been refused.</summary>
    public BoundaryCoverage? Coverage => _first?.Coverage;

    private Subscription? _first;

    public Subscription Subscribe<T>(IEventHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T> =>
        Note(engine.Subscribe(handler, Bounded(options)));

    public Subscription SubscribeBatch<T>(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null)
        where T : unmanaged, IEvent<T> =>
        Note(engine.SubscribeBatch(handler, Bounded(options)));

    public void VisitEventTypes(IEventTypeVisitor visitor) => engine.VisitEventTypes(visitor);

    private SubscriptionOptions<T> Bounded<T>(SubscriptionOptions<T>? options)
        where T : unmanaged, IEvent<T> =>
        (options ?? SubscriptionOptions<T>.Default) with
        {
            From = settings.From is ulong from ? new Boundary(0, from) : Boundary.Next(0),
            Until = settings.Until is ulong until ? new Boundary(0, until) : null,
            Region = typeof(T) == typeof(InstructionRetired) ? settings.Region : null,
        };

    // The instructions' tells most, and with a region more.
    private Subscription Note(Subscription subscription)
    {
        if (_first is null || subscription.EventType.Name == InstructionRetired.Descriptor.Name)
            _first = subscription;
        return subscription;
    }
}
