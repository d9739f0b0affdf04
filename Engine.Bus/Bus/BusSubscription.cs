using Engine.Bus.Delivery;
using Engine.Events;
using Engine.Publish;
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
    private readonly EventBus _bus;

    internal BusSubscription(EventBus bus, SubscriptionCore core)
    {
        _bus = bus;
        Core = core;
    }

    /// <summary>Number within the bus, from 1.</summary>
    public long Id => Core.Id;

    /// <summary>Name for statistics and error reports.</summary>
    public string Name => Core.Name;

    /// <summary>Which event names it takes.</summary>
    public EventNamePattern Pattern => Core.Pattern;

    /// <summary>Higher is called earlier.</summary>
    public int Priority => Core.Options.Priority;

    /// <summary>The lane in which the queue waits for a dispatcher.</summary>
    public DispatchPriority DispatchPriority => Core.DispatchPriority;

    /// <summary>Where and how the handler runs.</summary>
    public ProcessingMode Mode => Queue?.Settings.Mode ?? ProcessingMode.Sync;

    /// <summary>Whether the handler can still be called.</summary>
    public bool IsActive => Core.IsActive;

    /// <summary>Events handed to the handler, those it threw on included; each counts once, however often it is tried.</summary>
    public long DeliveredCount => Core.CalledByPublishersCount + (Queue?.HandedCount ?? 0);

    /// <summary>Events on which the handler failed for good, and times its filter threw.</summary>
    public long ErrorCount => Core.ErrorCount;

    internal SubscriptionCore Core { get; }

    /// <summary>Gives an event to this subscription alone.</summary>
    internal PublishOutcome Deliver<T>(in T @event, in EventIds ids, int failedAttempts)
        where T : IEvent<T> =>
        _bus.TopicOf<T>().DeliverTo(Core, @event, ids, failedAttempts);

    /// <summary>What stands between publishers and the handler; null while publishers call it directly.</summary>
    internal SubscriptionQueue? Queue => Core.Queue;

    /// <summary>Ends the subscription. May wait for a running call of the handler; does nothing the second time.</summary>
    public void Dispose()
    {
        _bus.Remove(this);
        // Outside the bus's lock, so that the handler being waited for may itself subscribe and unsubscribe.
        HandlerScope.WaitUntilLeft(Core.HandlerNumber);
        _bus.Settle(this);
        Queue?.DiscardQueued();
    }

    /// <summary>Ends the subscription, and waits for asynchronous handlers that run; inside a handler, its own or another, it does not wait.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        // Before the start no handler runs, and what is scheduled stays so.
        if (Queue is { } queue && _bus.State != BusState.Created && BusThread.Current.Innermost is null)
            await queue.WhenIdleAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>The name and the pattern.</summary>
    public override string ToString() => Core.ToString();
}
