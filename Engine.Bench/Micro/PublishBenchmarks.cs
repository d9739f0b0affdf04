using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Publish;

namespace Engine.Bench.Micro;

/// <summary>
/// What publishing costs the publishing thread.
/// <code>
/// Unsubscribed   calling thread -> lane, nobody subscribed
/// others         calling thread -> ring; per 16,384 events it moves the gating sequence, so that there is room
/// </code>
/// </summary>
public class PublishBenchmarks
{
    private const int Events = 16_384;

    private OneThreadLane<InstructionRetired> _subscribed = null!;
    private EventLane<InstructionRetired> _lane;
    private EventLane<InstructionRetired> _unsubscribedLane;

    [GlobalSetup]
    public void Setup()
    {
        _subscribed = new OneThreadLane<InstructionRetired>();
        _subscribed.Engine.SubscribeBatch<InstructionRetired>(new SummingHandler());
        _lane = _subscribed.Lane;
        _unsubscribedLane = new OneThreadLane<InstructionRetired>().Lane;
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void Unsubscribed()
    {
        int notSubscribed = PublishOneByOne(_unsubscribedLane, PublishOutcome.NotSubscribed);
        if (notSubscribed != Events)
            throw new InvalidOperationException($"{notSubscribed} of {Events} events were not subscribed.");
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void Subscribed()
    {
        int published = PublishOneByOne(_lane, PublishOutcome.Published);
        _subscribed.Discard(published);
        if (published != Events)
            throw new InvalidOperationException($"{published} of {Events} events were published.");
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void Claim()
    {
        NumberedEvents.PublishClaims(_lane, Events);
        _subscribed.Discard(Events);
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void Span()
    {
        NumberedEvents.PublishSpans(_lane, Events);
        _subscribed.Discard(Events);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int PublishOneByOne(EventLane<InstructionRetired> lane, PublishOutcome expected)
    {
        int asExpected = 0;
        for (int i = 0; i < Events; i++)
        {
            if (lane.Publish(Checksum.Event(i)) == expected)
                asExpected++;
        }

        return asExpected;
    }
}
