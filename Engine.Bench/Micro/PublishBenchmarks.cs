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
    private const int SpanLength = 64;

    private OneThreadLane<InstructionRetired> _subscribed = null!;
    private EventLane<InstructionRetired> _lane;
    private EventLane<InstructionRetired> _unsubscribedLane;

    [GlobalSetup]
    public void Setup()
    {
        _subscribed = new OneThreadLane<InstructionRetired>();
        _subscribed.SubscribeBatch(new SummingHandler());
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Claim()
    {
        EventLane<InstructionRetired> lane = _lane;
        for (int i = 0; i < Events;)
        {
            LaneClaim<InstructionRetired> claim = lane.Claim(SpanLength);
            Span<InstructionRetired> slots = claim.Events;
            for (int k = 0; k < slots.Length; k++)
                slots[k] = Checksum.Event(i + k);
            claim.Publish();
            i += slots.Length;
        }

        _subscribed.Discard(Events);
    }

    [Benchmark(OperationsPerInvoke = Events)]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Span()
    {
        EventLane<InstructionRetired> lane = _lane;
        Span<InstructionRetired> events = stackalloc InstructionRetired[SpanLength];
        for (int i = 0; i < Events; i += SpanLength)
        {
            for (int k = 0; k < events.Length; k++)
                events[k] = Checksum.Event(i + k);
            lane.PublishBatch(events);
        }

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
