using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>How the three handlers get the events.</summary>
internal enum ThreeHandlers
{
    Batch,
    PerEvent,
    Inline,
}

/// <summary>
/// One producer, three handlers that each see every event.
/// <code>
/// producer -> lane -> dispatcher -> handler 1, 2, 3      (batch, per event)
/// producer -> handler 1, 2, 3 on its own thread          (inline)
/// </code>
/// </summary>
internal sealed class EngineOneToThree : IEventTransfer
{
    private const int HandlerCount = 3;

    private readonly EventEngine _engine;
    private readonly EventLane<InstructionRetired> _lane;
    private readonly ThreeHandlers _kind;
    private readonly SummingHandler[] _handlers = [.. Enumerable.Range(0, HandlerCount).Select(static _ => new SummingHandler())];

    public EngineOneToThree(ThreeHandlers kind)
    {
        _kind = kind;
        _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<InstructionRetired>().Build();
        foreach (SummingHandler handler in _handlers)
        {
            if (kind == ThreeHandlers.Batch)
                _engine.SubscribeBatch<InstructionRetired>(handler);
            else
                _engine.Subscribe<InstructionRetired>(
                    handler, new() { Delivery = kind == ThreeHandlers.Inline ? Delivery.Inline : Delivery.Dispatched });
        }

        _lane = _engine.CreateProducer().GetLane<InstructionRetired>();
        _engine.Start();
    }

    public string Name => _kind switch
    {
        ThreeHandlers.Batch => "engine, three batch handlers",
        ThreeHandlers.PerEvent => "engine, three per-event handlers",
        _ => "engine, three inline handlers",
    };

    public long EventCount => _kind == ThreeHandlers.Batch ? 50_000_000 : 5_000_000;

    public ulong ExpectedSum(long count) => HandlerCount * Checksum.Expected(count);

    public ulong Run(long count)
    {
        foreach (SummingHandler handler in _handlers)
            handler.Reset();
        NumberedEvents.PublishOneByOne(_lane, count);
        foreach (SummingHandler handler in _handlers)
            handler.WaitUntilSeen(count);
        return _handlers.Aggregate(0UL, static (sum, handler) => sum + handler.Sum);
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
