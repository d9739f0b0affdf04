using Engine.Events;
using Engine.Subscriptions.Filters;

namespace Engine.Subscriptions;

/// <summary>The subscriptions of one event type at one moment. Immutable: a change makes a new table.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class SubscriptionTable<T>
    where T : unmanaged, IEvent<T>
{
    public static readonly SubscriptionTable<T> Empty = new([]);

    private SubscriptionTable(IReadOnlyCollection<Subscription<T>> subscriptions)
    {
        // OrderBy is stable, so equal priorities keep the order of subscription.
        Dispatched = [.. subscriptions.Where(static s => s.Delivery == Delivery.Dispatched).OrderByDescending(static s => s.Priority)];
        Inline = [.. subscriptions.Where(static s => s is { Delivery: Delivery.Inline, TakesRuns: false })
            .OrderByDescending(static s => s.Priority)];
        Runs = [.. subscriptions.Where(static s => s.TakesRuns)];
        InlineAddresses = Runs.Length > 0
            ? AddressSet.All
            : Inline.Aggregate(AddressSet.None, static (set, subscription) => set.Or(subscription.Addresses));
    }

    public Subscription<T>[] Dispatched { get; }

    public Subscription<T>[] Inline { get; }

    /// <summary>Inline subscriptions that take what is published at once as a whole, before the others.</summary>
    public Subscription<T>[] Runs { get; }

    /// <summary>Where the events are that any inline subscription may want. Where it is not all, the event type has addresses.</summary>
    public AddressSet InlineAddresses { get; }

    /// <summary>What the subscriptions ask of the lane of a producer.</summary>
    public DeliveryModes ModesOf(int producerId) =>
        (Array.Exists(Dispatched, s => s.Wants(producerId)) ? DeliveryModes.Dispatched : DeliveryModes.None)
        | (Array.Exists(Inline, s => s.Wants(producerId)) ? DeliveryModes.Inline | DeliveryModes.EachEvent : DeliveryModes.None)
        | (Runs.Length > 0 ? DeliveryModes.Inline : DeliveryModes.None);

    public SubscriptionTable<T> With(Subscription<T> subscription) => new([.. Dispatched, .. Inline, .. Runs, subscription]);

    public bool Has(Subscription<T> subscription) =>
        Dispatched.Contains(subscription) || Inline.Contains(subscription) || Runs.Contains(subscription);

    public SubscriptionTable<T> Without(Subscription subscription)
    {
        Subscription<T>[] rest = [.. Dispatched.Concat(Inline).Concat(Runs).Where(s => s != subscription)];
        return rest.Length == 0 ? Empty : new SubscriptionTable<T>(rest);
    }
}
