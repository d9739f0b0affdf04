using Engine.Events;
using Engine.Order;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Hosting;

public sealed partial class EventEngine : IRegistries
{
    private readonly List<MergedSubscription> _merges = [];

    /// <summary>
    /// Subscribes a handler to one event type of several producers, in one order: by virtual time, producer, sequence. The order is that
    /// of the producers' virtual time alone, whatever their threads and the dispatchers did. It ends with <see cref="StopAsync"/>.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    /// <param name="handler">
    /// Gets the events, at least one, valid during the call only, and the watermark: no event before this virtual time will come any
    /// more, in this call or a later one, but for those of this call. Called by one thread, which belongs to the subscription.
    /// </param>
    /// <param name="options">The producers, and how they are merged.</param>
    /// <exception cref="ArgumentException">There is no producer, or one twice.</exception>
    /// <exception cref="InvalidOperationException">The event type is not registered, or the engine has been stopped.</exception>
    public MergedSubscription SubscribeMerged<T>(Action<ReadOnlySpan<MergedEvent<T>>, long> handler, MergeOptions<T> options)
        where T : unmanaged, IEvent<T>
    {
        ArgumentNullException.ThrowIfNull(handler);
        ArgumentNullException.ThrowIfNull(options);
        return SubscribeMerged(new MergeHandlers().Add(handler, options.Duration), options);
    }

    /// <summary>
    /// Subscribes handlers to several event types of several producers, in one order: by virtual time, producer, event type (in the order
    /// in which they were added), sequence. Each handler gets events of its type that lie in a row in that order. Otherwise as the merge of
    /// one type.
    /// </summary>
    /// <param name="handlers">The event types and their handlers; called by one thread of the subscription.</param>
    /// <param name="options">The producers, and how they are merged.</param>
    /// <exception cref="ArgumentException">There is no event type, no producer, or one twice.</exception>
    /// <exception cref="InvalidOperationException">An event type is not registered, or the engine has been stopped.</exception>
    public MergedSubscription SubscribeMerged(MergeHandlers handlers, MergeOptions options)
    {
        ArgumentNullException.ThrowIfNull(handlers);
        ArgumentNullException.ThrowIfNull(options);
        if (handlers.Sources.Count == 0)
            throw new ArgumentException("MergeHandlers must hold at least one event type.", nameof(handlers));
        if (options.Producers.Count == 0 || options.Producers.Any(static producer => producer is null)
            || options.Producers.Distinct().Count() != options.Producers.Count)
        {
            throw new ArgumentException(
                "MergeOptions.Producers must hold at least one producer, none of them null and none twice.", nameof(options));
        }

        lock (_stateLock)
        {
            ThrowIfStopped();
            _merges.RemoveAll(static merge => merge.HasEnded);
            var subscription = new MergedSubscription(this, handlers.Sources, options);
            _merges.Add(subscription);
            return subscription;
        }
    }

    SubscriptionRegistry<T> IRegistries.RegistryOf<T>() => TypeOf<T>().Registry;

    private void ThrowIfMerged(IReadOnlyList<EventProducer> producers)
    {
        lock (_stateLock)
        {
            if (_merges.Find(merge => !merge.HasEnded && producers.Any(merge.Takes)) is { } merged)
            {
                throw new InvalidOperationException(
                    $"The merging subscription \"{merged.Name}\" delivers events in the order of a virtual time that never goes back: " +
                    "dispose it before its producers are set back.");
            }
        }
    }

    private LeftEvents[] ReadMerges()
    {
        lock (_stateLock)
        {
            return [.. _merges.Where(static merge => !merge.HasEnded)
                .SelectMany(static merge => merge.Waiting)
                .Select(static waiting => new LeftEvents(waiting.EventType, waiting.Count))];
        }
    }

    private async Task EndMergesAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        MergedSubscription[] merges;
        lock (_stateLock)
            merges = [.. _merges];
        if (merges.Length == 0)
            return;
        Task all = Task.WhenAll(merges.Select(static merge => Task.Run(merge.CompleteAsync)));
        TimeSpan delay = timeout < TimeSpan.Zero ? TimeSpan.Zero : timeout < LongestDelay ? timeout : LongestDelay;
        await Task.WhenAny(all, Task.Delay(delay, cancellationToken)).ConfigureAwait(false);
    }
}
