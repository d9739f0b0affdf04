using Engine.Dispatch;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Ring.WaitStrategies;
using Engine.Subscriptions;

namespace Engine.Bench.Micro;

/// <summary>
/// A lane as an engine makes it, with a worker that is not started: the calling thread publishes and then dispatches
/// itself. So there is no second core whose distance would show in the figures.
/// <code>calling thread: publish -> ring -> dispatch to the subscriptions, or move the gating sequence only</code>
/// </summary>
internal sealed class OneThreadLane<T>
    where T : unmanaged, IEvent<T>
{
    private readonly DispatchWorker _worker;
    private readonly DispatchLane _dispatch;
    private readonly EventTypeRuntime<T> _type;

    public OneThreadLane()
    {
        var context = new SubscriptionContext(static error => throw new InvalidOperationException("A handler failed.", error.Exception));
        _type = new EventTypeRuntime<T>(T.Descriptor, context);
        var options = new DispatcherOptions(1, "not-started", [], static () => new FixedBatchSizer(TimeSpan.Zero, 1), TimeSpan.FromSeconds(1));
        _worker = Dispatcher.Create(options, default(BlockingWaitStrategy), static _ => { }).Workers[0];
        Lane = _type.CreateLane(new ProducerState(new ProducerInfo(1, "bench"), context), _worker, hasConsumer: true);
        _dispatch = _worker.Lanes.Lanes.Single();
    }

    public EventLane<T> Lane { get; }

    public void SubscribeBatch(IBatchHandler<T> handler, SubscriptionOptions<T>? options = null) =>
        _type.Registry.AddBatchHandler(handler, options);

    public void Subscribe(IEventHandler<T> handler, SubscriptionOptions<T>? options = null) =>
        _type.Registry.AddEventHandler(handler, options);

    /// <summary>Hands one batch to the subscriptions.</summary>
    public void Dispatch(int count)
    {
        if (!_dispatch.Sequencer.TryAcquireConsumer())
            throw new InvalidOperationException("Nobody else may read the lane.");
        int dispatched = _dispatch.DispatchBatch(count, new DispatchTurn(HandlerScope.Current, 0));
        _dispatch.Sequencer.ReleaseConsumer();
        Check(dispatched, count);
    }

    /// <summary>Frees the slots of published events without handing them to anybody, at the same cost for any number.</summary>
    public void Discard(int count)
    {
        Check(_dispatch.Sequencer.Available(count, out long lost) + lost, count);
        _dispatch.Sequencer.Advance(count);
    }

    private static void Check(long found, int expected)
    {
        if (found != expected)
            throw new InvalidOperationException($"{expected} events were published, {found} were found.");
    }
}
