using Engine.Subscriptions.Filters;

namespace Engine.Bus;

/// <summary>
/// A subscription to a bus, by event type or by pattern. Disposing it ends it: when <see cref="Dispose"/> returns on a
/// thread that is not inside the handler, the handler is not running and is never called again. Two handlers that end
/// each other's subscriptions at the same moment do not wait for each other. All members are thread-safe.
/// </summary>
public sealed class BusSubscription : IDisposable
{
    private readonly EventBus _bus;
    private readonly ThreadCounter _delivered = new();
    private bool _isCancelled;
    private long _errors;

    internal BusSubscription(EventBus bus, long id, EventNamePattern pattern, BusSubscriptionOptions options)
    {
        _bus = bus;
        Id = id;
        Pattern = pattern;
        Name = options.Name ?? $"subscription-{id}";
        Priority = options.Priority;
        AnyFilter = options.AnyFilter;
    }

    /// <summary>Number within the bus, from 1.</summary>
    public long Id { get; }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>Which event names it takes.</summary>
    public EventNamePattern Pattern { get; }

    /// <summary>Higher is called earlier.</summary>
    public int Priority { get; }

    internal AnyEventFilter? AnyFilter { get; }

    /// <summary>Whether the handler can still be called.</summary>
    public bool IsActive => !Volatile.Read(ref _isCancelled);

    /// <summary>Events handed to the handler, those it threw on included.</summary>
    public long DeliveredCount => _delivered.Value;

    /// <summary>Times the handler or its filter threw.</summary>
    public long ErrorCount => Volatile.Read(ref _errors);

    /// <summary>Ends the subscription. May wait for a running call of the handler; does nothing the second time.</summary>
    public void Dispose() => _bus.Remove(this);

    /// <summary>The name and the pattern.</summary>
    public override string ToString() => $"\"{Name}\" ({Pattern})";

    internal void Cancel() => Volatile.Write(ref _isCancelled, true);

    internal void CountDelivered(BusThread thread) => _delivered.Increment(thread);

    internal void ReportError(EventContext context, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        _bus.ReportError(new BusHandlerError(Id, Name, context.EventType, context.Id, exception));
    }
}
