using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Publishing to handlers on the publisher's thread.
/// <code>[ this thread -> bus -> handlers ]</code>
/// </summary>
internal abstract class BusPublishBenchmark(int handlerCount) : BusBenchmark(handlerCount)
{
    private const int EventCount = 10_000;

    public override int OperationsPerSegment => EventCount;

    protected override void Execute(int operations) => PublishNumbered(operations);
}

/// <summary>Handlers of the event type.</summary>
internal sealed class BusPublishToHandlers : BusPublishBenchmark
{
    public BusPublishToHandlers(int handlerCount)
        : base(handlerCount)
    {
        foreach (BusHandler handler in Handlers)
            Bus.Subscribe<InstructionRetired>(handler);
    }
}

/// <summary>A handler of a name pattern, behind a filter that lets all pass.</summary>
internal sealed class BusPublishToPattern : BusPublishBenchmark
{
    public BusPublishToPattern()
        : base(handlerCount: 1) =>
        Bus.Subscribe("vm.*", Handlers[0], new BusSubscriptionOptions { AnyFilter = new FromAnyVm() });

    /// <summary>Looks at each event, and lets it pass.</summary>
    private sealed class FromAnyVm : AnyEventFilter
    {
        public override bool Matches<T>(in T @event, in Envelope envelope) => envelope.Producer.VmId is null;
    }
}
