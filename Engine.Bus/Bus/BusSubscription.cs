using Engine.Bus.Delivery;
using Engine.Primitives;
using Engine.Subscriptions;

namespace Engine.Bus;

/// <summary>
/// A subscription to a bus, by event type or by pattern. All members are thread-safe.
/// </summary>
/// <remarks>
/// Ending it is final: when <see cref="Dispose"/> or <see cref="DisposeAsync"/> returns on a thread that is not inside the
/// handler, no call of the handler begins any more, and a synchronous handler is not running. An asynchronous handler that
/// runs is told by its cancellation token; <see cref="DisposeAsync"/> also waits for it. Events that are still queued are
/// counted as discarded. Two handlers that end each other's subscriptions at the same moment do not wait for each other.
/// </remarks>
public sealed class BusSubscription : IDisposable, IAsyncDisposable
{
    private readonly bool _isKeyed;
    private bool _isCancelled;
    private long _errors;

    internal BusSubscription(EventBus bus, long id, EventNamePattern pattern, BusSubscriptionOptions options, HandlerKind kind, DeliverySettings settings, bool isKeyed)
    {
        Bus = bus;
        Id = id;
        HandlerNumber = Subscriptions.HandlerNumber.Of(bus.HandlerOwner, id);
        Pattern = pattern;
        Options = options;
        Kind = kind;
        Name = options.Name ?? $"subscription-{id}";
        Priority = options.Priority;
        _isKeyed = isKeyed;
        if (NeedsQueue(settings))
            Queue = new SubscriptionQueue(bus, this, settings, kind, isKeyed);
    }

    /// <summary>Number within the bus, from 1.</summary>
    public long Id { get; }

    /// <summary>Name for statistics and error reports.</summary>
    public string Name { get; }

    /// <summary>Which event names it takes.</summary>
    public EventNamePattern Pattern { get; }

    /// <summary>Higher is called earlier.</summary>
    public int Priority { get; }

    /// <summary>The lane in which the queue waits for a dispatcher.</summary>
    public DispatchPriority DispatchPriority => Options.DispatchPriority;

    /// <summary>Where and how the handler runs.</summary>
    public ProcessingMode Mode => Queue?.Settings.Mode ?? ProcessingMode.Sync;

    /// <summary>Whether the handler can still be called.</summary>
    public bool IsActive => !Volatile.Read(ref _isCancelled);

    /// <summary>Events handed to the handler, those it threw on included; each counts once, however often it is tried.</summary>
    public long DeliveredCount => CalledByPublishers.Value + (Queue?.HandedCount ?? 0);

    /// <summary>Events on which the handler failed for good, and times its filter threw.</summary>
    public long ErrorCount => Volatile.Read(ref _errors);

    internal EventBus Bus { get; }

    /// <summary>What a thread writes into its <see cref="HandlerScope"/> while it is inside the handler.</summary>
    internal long HandlerNumber { get; }

    internal BusSubscriptionOptions Options { get; }

    internal HandlerKind Kind { get; }

    /// <summary>What stands between publishers and the handler; null while publishers call it directly.</summary>
    internal SubscriptionQueue? Queue { get; private set; }

    /// <summary>Events that publishers handed to the handler themselves.</summary>
    internal ThreadCounter CalledByPublishers { get; } = new();

    /// <summary>Ends the subscription. May wait for a running call of the handler; does nothing the second time.</summary>
    public void Dispose()
    {
        Bus.Remove(this);
        // Outside the bus's lock, so that the handler being waited for may itself subscribe and unsubscribe.
        HandlerScope.WaitUntilLeft(HandlerNumber);
        Queue?.DiscardQueued();
    }

    /// <summary>Ends the subscription, and waits for asynchronous handlers that run; inside a handler, its own or another, it does not wait.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        // Before the start no handler runs, and what is scheduled stays so.
        if (Queue is { } queue && Bus.State != BusState.Created && BusThread.Current.Innermost is null)
            await queue.WhenIdleAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The name and the pattern.</summary>
    public override string ToString() => $"\"{Name}\" ({Pattern})";

    internal void MarkCancelled() => Volatile.Write(ref _isCancelled, true);

    /// <summary>Puts settings into force. Under the bus's lock.</summary>
    /// <returns>Whether publishers have to take another way from now on.</returns>
    internal bool Apply(DeliverySettings settings)
    {
        if (Queue is { } queue)
        {
            queue.Apply(settings);
            return false;
        }

        if (!NeedsQueue(settings))
            return false;
        Queue = new SubscriptionQueue(Bus, this, settings, Kind, _isKeyed);
        return true;
    }

    internal void ReportError(EventContext context, Exception exception)
    {
        Interlocked.Increment(ref _errors);
        Bus.ReportError(new BusHandlerError(Id, Name, context.EventType, context.Id, exception));
    }

    private static bool NeedsQueue(DeliverySettings settings) => settings.Mode != ProcessingMode.Sync || settings.Retry is not null;
}
