using System.Diagnostics;
using System.Diagnostics.Tracing;
using Engine.Diagnostics;
using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>The subscriptions of one event type: who subscribes changes it under a lock, who delivers reads a table.</summary>
[DebuggerDisplay("{Descriptor.Name,nq}: {Count} subscriptions")]
internal abstract class SubscriptionRegistry(EventDescriptor descriptor, SubscriptionContext context)
{
    private protected readonly Lock ChangeLock = new();

    public EventDescriptor Descriptor { get; } = descriptor;

    public string EngineName => Context.EngineName;

    private protected SubscriptionContext Context { get; } = context;

    public long HandlerErrors { get => Volatile.Read(ref field); private set; }

    public abstract int Count { get; }

    public BoundaryCoverage CoverageOf(BoundaryRequest request) => Context.Boundaries.CoverageOf(request);

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

    // Outside the lock: listeners run inside a write.
    private protected void TraceAdded(Subscription subscription)
    {
        EngineEventSource log = EngineEventSource.Log;
        if (log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Subscription))
        {
            log.SubscriptionAdded(
                EngineName, Descriptor.Name, subscription.Id, subscription.Name, subscription.Delivery.ToString(), subscription.Priority);
        }
    }

    private protected void TraceRemoved(Subscription subscription)
    {
        EngineEventSource log = EngineEventSource.Log;
        if (log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Subscription))
        {
            log.SubscriptionRemoved(
                EngineName, Descriptor.Name, subscription.Id, subscription.Name, subscription.DeliveredCount, subscription.ErrorCount);
        }
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

    public override int Count => Table.Dispatched.Length + Table.Inline.Length + Table.Runs.Length;

    private DeliveryModes ModesOf(ISubscriptionListener listener) =>
        _table.ModesOf(listener.ProducerId) | (_isClosed ? DeliveryModes.Closed : DeliveryModes.None);

    public Subscription AddBatchHandler<THandler>(THandler handler, SubscriptionOptions<T>? options)
        where THandler : IBatchHandler<T> =>
        Add(new BatchSubscription<T, THandler>(this, Context.NextId(), options ?? SubscriptionOptions<T>.Default, handler), options);

    public Subscription AddEventHandler<THandler>(THandler handler, SubscriptionOptions<T>? options)
        where THandler : IEventHandler<T> =>
        Add(new EventSubscription<T, THandler>(this, Context.NextId(), options ?? SubscriptionOptions<T>.Default, handler), options);

    public override void Remove(Subscription subscription)
    {
        TableChange? change = null;
        lock (ChangeLock)
        {
            if (subscription.IsActive)
            {
                subscription.Cancel();
                change = Replace(_table.Without(subscription));
                Context.Removed(subscription);
            }
        }

        if (subscription.Bounds is not null)
            Context.Boundaries.Remove(subscription);

        // Outside the lock, so that the handler being waited for may itself subscribe and unsubscribe.
        // A second caller waits as well: for it, too, the handler is over when this returns.
        HandlerScope.WaitUntilLeft(subscription.HandlerNumber);
        if (change is null)
            return;
        TraceRemoved(subscription);
        Trace(change.Value);
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
            ISubscriptionListener.Tell([listener], ModesOf);
        }
    }

    public void RemoveListener(ISubscriptionListener listener)
    {
        lock (ChangeLock)
            _listeners = [.. _listeners.Where(l => l != listener)];
    }

    /// <summary>Lets a subscription have events whose first instruction has come.</summary>
    public void Admit(Subscription<T> subscription)
    {
        lock (ChangeLock)
        {
            if (subscription.IsActive)
                Replace(_table.Has(subscription) ? _table : _table.With(subscription));
        }
    }

    /// <summary>A subscription of the table wants other events than before.</summary>
    public void Refresh()
    {
        lock (ChangeLock)
            Replace(_table);
    }

    private Subscription<T> Add(Subscription<T> subscription, SubscriptionOptions<T>? options)
    {
        if (subscription.BoundedWindow is not null)
            return Await(subscription, options!);
        TableChange change;
        lock (ChangeLock)
        {
            Context.Added(subscription);
            change = Replace(_table.With(subscription));
        }

        TraceAdded(subscription);
        Trace(change);
        return subscription;
    }

    /// <summary>Notes a subscription that a virtual CPU is to admit.</summary>
    private Subscription<T> Await(Subscription<T> subscription, SubscriptionOptions<T> options)
    {
        subscription.Bind(new BoundaryRequest<T>(this, subscription, options));
        lock (ChangeLock)
            Context.Added(subscription);
        Context.Boundaries.Add(subscription.Bounds!);
        Context.Changed();
        TraceAdded(subscription);
        return subscription;
    }

    private TableChange Replace(SubscriptionTable<T> table)
    {
        Volatile.Write(ref _table, table);
        TellListeners();
        return new TableChange(table, Context.Changed());
    }

    private void Trace(TableChange change)
    {
        EngineEventSource log = EngineEventSource.Log;
        if (log.IsEnabled(EventLevel.Informational, EngineEventSource.Keywords.Subscription))
        {
            log.SubscriptionTableChanged(
                EngineName, Descriptor.Name, change.Version, change.Table.Dispatched.Length,
                change.Table.Inline.Length + change.Table.Runs.Length);
        }
    }

    private void TellListeners() => ISubscriptionListener.Tell(_listeners, ModesOf);

    /// <summary>A table, and the version that came with it.</summary>
    private readonly record struct TableChange(SubscriptionTable<T> Table, int Version);
}
