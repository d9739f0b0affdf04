using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Topologies;

/// <summary>How three threads hand over their events.</summary>
internal enum ThreeProducers
{
    OwnLanes,
    OwnLanesSpans,
    SharedLane,
    SharedLaneSpans,
}

/// <summary>
/// Three producer threads, one handler.
/// <code>
/// producer 1 -> lane 1 \
/// producer 2 -> lane 2 -> dispatcher -> batch handler    (own lanes)
/// producer 3 -> lane 3 /
///
/// threads 1, 2, 3 -> shared lane -> dispatcher -> batch handler
/// </code>
/// </summary>
internal sealed class EngineThreeToOne : IEventTransfer
{
    private const int ProducerCount = 3;

    private readonly EventEngine _engine;
    private readonly EventProducer[] _producers;
    private readonly EventLane<InstructionRetired>[] _lanes;
    private readonly SharedEventLane<InstructionRetired> _sharedLane;
    private readonly ThreeProducers _kind;
    private readonly SummingHandler _handler = new();

    public EngineThreeToOne(ThreeProducers kind)
    {
        _kind = kind;
        _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<InstructionRetired>().Build();
        _engine.SubscribeBatch<InstructionRetired>(_handler);
        _sharedLane = _engine.GetSharedLane<InstructionRetired>();
        _engine.Start();
        _producers = [.. Enumerable.Range(0, ProducerCount).Select(_ => _engine.CreateProducer())];
        _lanes = [.. _producers.Select(static producer => producer.GetLane<InstructionRetired>())];
    }

    public string Name => _kind switch
    {
        ThreeProducers.OwnLanes => "engine, own lanes, one by one",
        ThreeProducers.OwnLanesSpans => $"engine, own lanes, spans of {NumberedEvents.SpanLength}",
        ThreeProducers.SharedLane => "engine, shared lane, one by one",
        _ => $"engine, shared lane, spans of {NumberedEvents.SpanLength}",
    };

    public long EventCount => _kind == ThreeProducers.SharedLane ? 6_000_000 : 30_000_000;

    public ulong ExpectedSum(long count) => ProducerCount * Checksum.Expected(count / ProducerCount);

    public ulong Run(long count)
    {
        long each = count / ProducerCount;
        _handler.Reset();
        Thread[] threads = [.. Enumerable.Range(0, ProducerCount).Select(i => new Thread(() => Publish(i, each)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        _handler.WaitUntilSeen(each * ProducerCount);
        return _handler.Sum;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Publish(int producer, long count)
    {
        // Each run has threads of its own; the one before has ended.
        _producers[producer].ReleaseOwnership();
        switch (_kind)
        {
            case ThreeProducers.OwnLanes:
                NumberedEvents.PublishOneByOne(_lanes[producer], count);
                break;
            case ThreeProducers.OwnLanesSpans:
                NumberedEvents.PublishSpans(_lanes[producer], count);
                break;
            case ThreeProducers.SharedLane:
                NumberedEvents.PublishOneByOne(_sharedLane, count);
                break;
            default:
                NumberedEvents.PublishSpans(_sharedLane, count);
                break;
        }
    }
}
