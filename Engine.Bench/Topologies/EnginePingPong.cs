using System.Diagnostics;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;

namespace Engine.Bench.Topologies;

/// <summary>
/// Two dispatchers that answer each other, one event under way at a time; a sample is one round trip.
/// <code>
/// dispatcher 1 (handler of Pong) -> lane of Ping -> dispatcher 2 (handler of Ping) -> lane of Pong -> dispatcher 1
/// </code>
/// </summary>
internal sealed class EnginePingPong : ILatencyRun
{
    private readonly WaitStrategyKind _waitStrategy;
    private readonly EventEngine _engine;
    private readonly EventLane<Ping> _firstPing;
    private readonly EventLane<Ping> _pings;
    private readonly EventLane<Pong> _pongs;
    private readonly ManualResetEventSlim _isDone = new();
    private LatencySamples _samples = new();
    private long _count;
    private Exception? _error;

    public EnginePingPong(WaitStrategyKind waitStrategy)
    {
        _waitStrategy = waitStrategy;
        _engine = new EngineBuilder().Configure(Configure).AddEvent<Ping>().AddEvent<Pong>().Build();
        _firstPing = _engine.CreateProducer("starter").GetLane<Ping>();
        _pings = _engine.CreateProducer("pings").GetLane<Ping>();
        _pongs = _engine.CreateProducer("pongs").GetLane<Pong>();
        _engine.Subscribe((in Ping ping, in Envelope _) => Check(_pongs.Publish(new Pong(ping.Number, ping.SentTicks))));
        _engine.Subscribe((in Pong pong, in Envelope _) => OnPong(pong));
        _engine.Start();
    }

    public string Name => $"engine, {_waitStrategy} wait strategy";

    public void Run(int count, LatencySamples samples)
    {
        (_samples, _count) = (samples, count);
        _isDone.Reset();
        Check(_firstPing.Publish(new Ping(0, Stopwatch.GetTimestamp())));
        _isDone.Wait();
        if (_error is not null)
            throw new InvalidOperationException($"The handlers of \"{Name}\" failed.", _error);
    }

    public void Dispose()
    {
        _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _isDone.Dispose();
    }

    private void Configure(EngineOptions options)
    {
        options.DispatcherCount = 2;
        options.WaitStrategy = _waitStrategy;
        // Each lane has one publishing thread, so no dispatcher may run the other's handler.
        options.StealAfter = TimeSpan.FromSeconds(10);
        options.OnHandlerError = error =>
        {
            _error = error.Exception;
            _isDone.Set();
        };
    }

    private void OnPong(Pong pong)
    {
        if (pong.Number != _samples.Count)
            throw new InvalidOperationException($"Pong {pong.Number} came as answer {_samples.Count}.");
        long now = Stopwatch.GetTimestamp();
        _samples.Record(MonotonicClock.ToNanoseconds(now - pong.SentTicks));
        if (pong.Number + 1 == _count)
            _isDone.Set();
        else
            Check(_pings.Publish(new Ping(pong.Number + 1, now)));
    }

    private static void Check(PublishOutcome outcome)
    {
        if (outcome != PublishOutcome.Published)
            throw new InvalidOperationException($"A publish ended with {outcome}.");
    }
}
