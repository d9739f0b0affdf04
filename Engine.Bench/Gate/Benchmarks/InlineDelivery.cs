using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Publish;
using Engine.Subscriptions;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Publishing event by event to one inline handler.
/// <code>[ this thread -> lane -> handler ]</code>
/// </summary>
internal sealed class InlineDelivery : OneLaneBenchmark
{
    private const int EventCount = 16_384;
    private readonly EventCounter _handler = new();

    public InlineDelivery()
        : base(maxBatch: 1) =>
        Engine.Subscribe(_handler, new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });

    public override int OperationsPerSegment => EventCount;

    protected override void Prepare(int operations) => _handler.Reset();

    protected override void Execute(int operations)
    {
        EventLane<InstructionRetired> lane = Lane;
        for (int i = 0; i < operations; i++)
            lane.Publish(Checksum.Event(i));
    }

    protected override void Verify(int operations)
    {
        Check("the number of handled events", _handler.Events, (ulong)operations);
        Check("the sum of their numbers", _handler.NumberSum, Checksum.Expected(operations));
    }
}
