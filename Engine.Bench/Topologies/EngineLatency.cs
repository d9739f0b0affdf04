using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>Thin traffic through the engine with its default options, which lets the dispatcher sleep between events.</summary>
internal sealed class EngineLatency : ILatencyRun
{
    private readonly EventEngine _engine;
    private readonly Func<EventFeed, long> _publish;
    private EventReceiver _receiver = new(null);

    private EngineLatency(string name, int otherHandlers, Delivery delivery, Func<EventEngine, Func<EventFeed, long>> createPublisher)
    {
        Name = name;
        _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<InstructionRetired>().Build();
        var options = new SubscriptionOptions<InstructionRetired> { Delivery = delivery };
        for (int i = 0; i < otherHandlers; i++)
            _engine.Subscribe<InstructionRetired>(new SummingHandler(), options);
        _engine.Subscribe((in InstructionRetired e, in Envelope _) => _receiver.Handle(e), options);
        _publish = createPublisher(_engine);
        _engine.Start();
    }

    public string Name { get; }

    /// <summary><code>producer -> lane -> dispatcher -> handlers, one after the other; the last notes the latency</code></summary>
    public static EngineLatency FromOneProducer(string name, int handlers = 1, Delivery delivery = Delivery.Dispatched) =>
        new(name, handlers - 1, delivery, static engine =>
        {
            EventLane<InstructionRetired> lane = engine.CreateProducer().GetLane<InstructionRetired>();
            return feed => Publish(feed, [lane]);
        });

    /// <summary><code>one thread with three producers in turn -> three lanes -> dispatcher -> handler</code></summary>
    public static EngineLatency FromThreeLanes(string name) => new(name, 0, Delivery.Dispatched, static engine =>
    {
        EventLane<InstructionRetired>[] lanes =
            [.. Enumerable.Range(0, 3).Select(_ => engine.CreateProducer().GetLane<InstructionRetired>())];
        return feed => Publish(feed, lanes);
    });

    /// <summary><code>one thread -> shared lane -> dispatcher -> handler</code></summary>
    public static EngineLatency FromSharedLane(string name) => new(name, 0, Delivery.Dispatched, static engine =>
    {
        SharedEventLane<InstructionRetired> lane = engine.GetSharedLane<InstructionRetired>();
        return feed =>
        {
            long count = 0;
            for (; feed.TryNext(out InstructionRetired e); count++)
                lane.Publish(e);
            return count;
        };
    });

    public void Run(int count, LatencySamples samples)
    {
        var receiver = new EventReceiver(samples);
        _receiver = receiver;
        receiver.WaitUntilSeen(_publish(EventFeed.Paced(count)));
        Checksum.Check(Name, receiver.Sum, Checksum.Expected(count));
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static long Publish(EventFeed feed, EventLane<InstructionRetired>[] lanes)
    {
        long count = 0;
        for (; feed.TryNext(out InstructionRetired e); count++)
            lanes[count % lanes.Length].Publish(e);
        return count;
    }
}
