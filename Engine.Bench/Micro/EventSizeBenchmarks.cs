using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Micro;

/// <summary>
/// What the size of an event costs: the bytes that move from core to core.
/// <code>calling thread, one by one -> lane -> dispatcher -> batch handler</code>
/// </summary>
public class EventSizeBenchmarks
{
    private const int Events = 2_000_000;

    private ISizeRun _run = null!;

    [GlobalSetup(Target = nameof(Bytes8))]
    public void Setup8() => _run = new SizeRun<Event8>();

    [GlobalSetup(Target = nameof(Bytes16))]
    public void Setup16() => _run = new SizeRun<Event16>();

    [GlobalSetup(Target = nameof(Bytes32))]
    public void Setup32() => _run = new SizeRun<Event32>();

    [GlobalSetup(Target = nameof(Bytes64))]
    public void Setup64() => _run = new SizeRun<Event64>();

    [Benchmark(OperationsPerInvoke = Events)]
    public void Bytes8() => _run.Run(Events);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Bytes16() => _run.Run(Events);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Bytes32() => _run.Run(Events);

    [Benchmark(OperationsPerInvoke = Events)]
    public void Bytes64() => _run.Run(Events);

    [GlobalCleanup]
    public void Cleanup() => _run.Stop();

    private interface ISizeRun
    {
        void Run(int count);

        void Stop();
    }

    private sealed class SizeRun<T> : ISizeRun, IBatchHandler<T>
        where T : unmanaged, ISizedEvent<T>
    {
        private readonly EventEngine _engine;
        private readonly EventLane<T> _lane;
        private ulong _sum;
        private long _seen;

        public SizeRun()
        {
            _engine = new EngineBuilder().Configure(static o => o.DispatcherCount = 1).AddEvent<T>().Build();
            _engine.SubscribeBatch(this);
            _lane = _engine.CreateProducer().GetLane<T>();
            _engine.Start();
        }

        public void Run(int count)
        {
            (_sum, _seen) = (0, 0);
            Publish(_lane, count);
            while (Volatile.Read(ref _seen) < count)
                Thread.Yield();
            Checksum.Check(T.Descriptor.Name, _sum, Checksum.Expected(count));
        }

        public void Handle(ReadOnlySpan<T> events, in Envelope envelope)
        {
            _sum += Sum(events);
            Volatile.Write(ref _seen, _seen + events.Length);
        }

        public void Stop() => _engine.DisposeAsync().AsTask().GetAwaiter().GetResult();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Publish(EventLane<T> lane, int count)
        {
            for (int i = 0; i < count; i++)
                lane.Publish(T.Create((ulong)i));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static ulong Sum(ReadOnlySpan<T> events)
        {
            ulong sum = 0;
            foreach (ref readonly T e in events)
                sum += e.Number;
            return sum;
        }
    }
}
