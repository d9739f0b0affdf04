using System.Diagnostics;
using Engine.Bus.Queues;
using Engine.Events;
using Engine.Primitives;
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
[DebuggerDisplay("{ToString(),nq}, {Mode}, active: {IsActive}, delivered {DeliveredCount}, errors {ErrorCount}")]
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

    /// <summary>How often it is the queue's turn among those that wait for a dispatcher.</summary>
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

    internal EventBus Bus => _bus;

    /// <summary>What stands between publishers and the handler; null while publishers call it directly.</summary>
    internal SubscriptionQueue? Queue => Core.Queue;

    /// <summary>
    /// Delivers an event to this subscription and to no other one: by the same way as a published one, with filter, mode, queue
    /// and retries. Waits where publishing would.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="event">The event.</param>
    /// <param name="ids">The ids that it had; empty ones are filled in.</param>
    /// <param name="attempt">Which attempt the handler's first call counts as, from 1: 3 after two that failed.</param>
    /// <returns>
    /// What became of it; <see cref="PublishOutcome.NotSubscribed"/> if the subscription does not take the type, or has ended.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The attempt is below 1.</exception>
    /// <exception cref="EventLoopException">Handlers publish events too deep, or the event is being handled further up.</exception>
    public PublishOutcome Deliver<T>(in T @event, in EventIds ids = default, int attempt = 1)
        where T : IEvent<T>
    {
        if (attempt < 1)
            throw new ArgumentOutOfRangeException(nameof(attempt), attempt, "Attempts count from 1.");
        return _bus.Deliver(this, @event, ids, attempt);
    }

    /// <summary>Ends the subscription. May wait for a running call of the handler; does nothing the second time.</summary>
    public void Dispose()
    {
        _bus.Remove(this);
        // Outside the bus's lock, so that the handler being waited for may itself subscribe and unsubscribe.
        HandlerScope.WaitUntilLeft(Core.HandlerNumber);
        _bus.Settle(this);
        Queue?.DiscardQueued();
    }

    /// <summary>
    /// Ends the subscription, and waits for asynchronous handlers that run; inside a handler, its own or another, it does not
    /// wait.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        // Before the start no handler runs, and what is scheduled stays so.
        if (Queue is { } queue && _bus.State != LifecycleState.Created && BusThread.Current.Innermost is null)
            await queue.WhenIdleAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Counts and reports what foreign code threw on behalf of the subscription.</summary>
    internal void ReportError(EventContext context, Exception exception) => Core.ReportError(context, exception);

    /// <summary>The name and the pattern.</summary>
    public override string ToString() => Core.ToString();
}
