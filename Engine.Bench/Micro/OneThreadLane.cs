using Engine.Dispatch;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Micro;

/// <summary>
/// A lane of an engine that is not started: the calling thread publishes and then dispatches itself. So there is no
/// second core whose distance would show in the figures.
/// <code>calling thread: publish -> ring -> dispatch to the subscriptions, or move the gating sequence only</code>
/// </summary>
internal sealed class OneThreadLane<T>
    where T : unmanaged, IEvent<T>
{
    private readonly DispatchLane _dispatch;

    public OneThreadLane()
    {
        Engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<T>().Build();
        EventProducer producer = Engine.CreateProducer();
        ProducerId = producer.Info.Id;
        Lane = producer.GetLane<T>();
        _dispatch = Engine.Dispatcher.Workers.Single().Lanes.Lanes.Single();
    }

    /// <summary>The engine, for subscribing.</summary>
    public EventEngine Engine { get; }

    public EventLane<T> Lane { get; }

    public int ProducerId { get; }

    /// <summary>Hands one batch to the subscriptions.</summary>
    public void Dispatch(int count)
    {
        if (!_dispatch.Sequencer.TryAcquireConsumer())
            throw new InvalidOperationException("Nobody else may read the lane.");
        int dispatched = _dispatch.DispatchBatch(count, new DispatchTurn(HandlerScope.Current, 0), out _);
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
