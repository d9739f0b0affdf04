using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>The subscriptions of one event type: who subscribes changes it under a lock, who delivers reads a table.</summary>
internal abstract class SubscriptionRegistry(EventDescriptor descriptor, SubscriptionContext context)
{
    private protected readonly Lock ChangeLock = new();

    public EventDescriptor Descriptor { get; } = descriptor;

    private protected SubscriptionContext Context { get; } = context;

    public long HandlerErrors { get => Volatile.Read(ref field); private set; }

    public abstract int Count { get; }

    /// <summary>Ends a subscription and waits until its handler has been left by all other threads.</summary>
    public abstract void Remove(Subscription subscription);

    /// <summary>Tells all lanes that publishing is over.</summary>
    public abstract void Close();

    public void ReportError(in HandlerError error)
    {
        lock (ChangeLock)
            HandlerErrors++;
        Context.ReportError(error);
    }
}

/// <summary>The subscriptions of a known event type.</summary>
/// <typeparam name="T">The event type.</typeparam>
internal sealed class SubscriptionRegistry<T>(EventDescriptor descriptor, SubscriptionContext context)
    : SubscriptionRegistry(descriptor, context)
    where T : unmanaged, IEvent<T>
{
    private SubscriptionTable<T> _table = SubscriptionTable<T>.Empty;
    private ISubscriptionListener[] _listeners = [];
    private bool _isClosed;

    /// <summary>The current table. Load it once per batch.</summary>
    public SubscriptionTable<T> Table => Volatile.Read(ref _table);

    public override int Count => Table.Dispatched.Length + Table.Inline.Length;

    private DeliveryModes Modes => _table.Modes | (_isClosed ? DeliveryModes.Closed : DeliveryModes.None);

    public Subscription AddBatchHandler<THandler>(THandler handler, SubscriptionOptions<T>? options)
        where THandler : IBatchHandler<T> =>
        Add(new BatchSubscription<T, THandler>(this, Context.NextId(), options ?? SubscriptionOptions<T>.Default, handler));

    public Subscription AddEventHandler<THandler>(THandler handler, SubscriptionOptions<T>? options)
        where THandler : IEventHandler<T> =>
        Add(new EventSubscription<T, THandler>(this, Context.NextId(), options ?? SubscriptionOptions<T>.Default, handler));

    public override void Remove(Subscription subscription)
    {
        lock (ChangeLock)
        {
            if (subscription.IsActive)
            {
                subscription.Cancel();
                Replace(_table.Without(subscription));
                Context.Removed(subscription);
            }
        }

        // Outside the lock, so that the handler being waited for may itself subscribe and unsubscribe.
        // A second caller waits as well: for it, too, the handler is over when this returns.
        HandlerScope.WaitUntilLeft(subscription);
    }

    public override void Close()
    {
        lock (ChangeLock)
        {
            _isClosed = true;
            TellListeners();
            Context.Changed();
        }
    }

    public void AddListener(ISubscriptionListener listener)
    {
        lock (ChangeLock)
        {
            _listeners = [.. _listeners, listener];
            listener.OnModesChanged(Modes);
        }
    }

    public void RemoveListener(ISubscriptionListener listener)
    {
        lock (ChangeLock)
            _listeners = [.. _listeners.Where(l => l != listener)];
    }

    private Subscription<T> Add(Subscription<T> subscription)
    {
        lock (ChangeLock)
        {
            Context.Added(subscription);
            Replace(_table.With(subscription));
        }

        return subscription;
    }

    private void Replace(SubscriptionTable<T> table)
    {
        Volatile.Write(ref _table, table);
        TellListeners();
        Context.Changed();
    }

    private void TellListeners()
    {
        foreach (ISubscriptionListener listener in _listeners)
            listener.OnModesChanged(Modes);
    }
}
