using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Micro;

/// <summary>
/// Subscriptions that come and go while events are published.
/// <code>
/// SubscribeAndUnsubscribe   publisher thread -> lane -> dispatcher -> one lasting handler
///                           calling thread: subscribe, unsubscribe (which waits until the handler is not running)
/// PublishBesideChurn        calling thread -> lane -> dispatcher -> one lasting handler
///                           other thread: subscribe, unsubscribe (the allocated bytes are its)
/// </code>
/// </summary>
public class SubscriptionChurnBenchmarks
{
    private const int Events = 1_000_000;

    private readonly SummingHandler _lasting = new();
    private readonly SummingHandler _passing = new();
    private EventEngine _engine = null!;
    private EventLane<InstructionRetired> _lane;
    private Thread _other = null!;
    private long _otherTurns;
    private volatile bool _isOver;

    [GlobalSetup(Target = nameof(SubscribeAndUnsubscribe))]
    public void SetupPublisher() => Setup(() =>
    {
        for (long i = 0; !_isOver; i++)
        {
            _lane.Publish(Checksum.Event(i));
            Volatile.Write(ref _otherTurns, i + 1);
        }
    });

    [GlobalSetup(Target = nameof(PublishBesideChurn))]
    public void SetupChurn() => Setup(() =>
    {
        while (!_isOver)
        {
            Churn();
            Volatile.Write(ref _otherTurns, _otherTurns + 1);
        }
    });

    [Benchmark]
    public void SubscribeAndUnsubscribe() => Churn();

    [Benchmark(OperationsPerInvoke = Events)]
    public void PublishBesideChurn()
    {
        _lasting.Reset();
        for (int i = 0; i < Events; i++)
            _lane.Publish(Checksum.Event(i));
        _lasting.WaitUntilSeen(Events);
        Checksum.Check(nameof(PublishBesideChurn), _lasting.Sum, Checksum.Expected(Events));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _isOver = true;
        _other.Join();
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        if (_otherTurns == 0)
            throw new InvalidOperationException("The other thread has done nothing.");
        if (_engine.GetStatistics()[InstructionRetired.Descriptor.Name].Ledger is not { Lost: 0, Buffered: 0 })
            throw new InvalidOperationException("Events were lost or left.");
    }

    private void Setup(ThreadStart other)
    {
        _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<InstructionRetired>().Build();
        _engine.SubscribeBatch<InstructionRetired>(_lasting);
        _lane = _engine.CreateProducer().GetLane<InstructionRetired>();
        _engine.Start();
        _other = new Thread(other) { IsBackground = true };
        _other.Start();
    }

    private void Churn()
    {
        Subscription subscription = _engine.SubscribeBatch<InstructionRetired>(_passing);
        subscription.Dispose();
    }
}
