using Engine.Bench.Support;
using Engine.Bus;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>A bus that was never started, and handlers of numbered 16-byte events.</summary>
/// <param name="handlerCount">How many handlers.</param>
internal abstract class BusBenchmark(int handlerCount) : GatedBenchmark
{
    protected EventBus Bus { get; } = new("gate", new EventBusOptions { Async = new() { DispatcherCount = 1 } });

    protected BusHandler[] Handlers { get; } = [.. Enumerable.Range(0, handlerCount).Select(static _ => new BusHandler())];

    public override void Dispose() => Bus.DisposeAsync().AsTask().GetAwaiter().GetResult();

    protected override void Prepare(int operations)
    {
        foreach (BusHandler handler in Handlers)
            handler.Reset();
    }

    protected override void Verify(int operations)
    {
        foreach (BusHandler handler in Handlers)
        {
            Check("the number of handled events", handler.Events, (ulong)operations);
            Check("the sum of their numbers", handler.NumberSum, Checksum.Expected(operations));
        }
    }

    /// <summary>Publishes events numbered from 0, one by one.</summary>
    protected void PublishNumbered(int count)
    {
        EventBus bus = Bus;
        for (int i = 0; i < count; i++)
            bus.Publish(Checksum.Event(i));
    }
}
