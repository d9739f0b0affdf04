using System.Diagnostics;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;

namespace Engine.Bench.Quick;

/// <summary>Events that come far apart, through an engine with one wait strategy: what its dispatcher uses of a core meanwhile.</summary>
internal sealed class SparseRun : IDisposable
{
    private readonly EventEngine _engine;
    private readonly EventLane<InstructionRetired> _lane;
    private EventReceiver _receiver = new(null);
    private long _firstCpu = -1;
    private long _lastCpu;

    public SparseRun(WaitStrategyKind strategy)
    {
        Strategy = strategy;
        _engine = new EngineBuilder()
            .Configure(options => (options.DispatcherCount, options.WaitStrategy) = (1, strategy))
            .AddEvent<InstructionRetired>()
            .Build();
        _engine.Subscribe((in InstructionRetired e, in Envelope _) => Handle(e));
        _engine.Start();
        _lane = _engine.CreateProducer().GetLane<InstructionRetired>();
    }

    public WaitStrategyKind Strategy { get; }

    /// <summary>
    /// Publishes events and returns the share of a core, in percent, that the dispatcher's thread used between the first and the last.
    /// </summary>
    public double Run(int count, TimeSpan interval, LatencySamples samples)
    {
        samples.Reserve(count);
        var receiver = new EventReceiver(samples);
        (_receiver, _firstCpu) = (receiver, -1);
        EventFeed feed = EventFeed.Paced(count, interval);
        long start = Stopwatch.GetTimestamp();
        while (feed.TryNext(out InstructionRetired e))
            _lane.Publish(e);
        receiver.WaitUntilSeen(count);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        Checksum.Check(Strategy.ToString(), receiver.Sum, Checksum.Expected(count));
        return (_lastCpu - _firstCpu) / time.TotalNanoseconds * 100;
    }

    public void Dispose() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Handle(in InstructionRetired e)
    {
        _lastCpu = ThreadClock.CpuNanoseconds();
        if (_firstCpu < 0)
            _firstCpu = _lastCpu;
        _receiver.Handle(e);
    }
}
