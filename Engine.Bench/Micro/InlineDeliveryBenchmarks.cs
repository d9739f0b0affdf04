using BenchmarkDotNet.Attributes;
using Engine.Bench.Support;
using Engine.Events.Vm;
using Engine.Subscriptions;

namespace Engine.Bench.Micro;

/// <summary>
/// Handlers that run before the publish call returns.
/// <code>
/// Inline              calling thread: publish -> handler
/// InlineAndDispatched calling thread: publish -> inline handler -> ring; per 16,384 events it moves the gating sequence
/// </code>
/// </summary>
public class InlineDeliveryBenchmarks
{
    private const int Events = 16_384;

    private readonly SummingHandler _inlineHandler = new();
    private OneThreadLane<InstructionRetired> _lane = null!;

    [GlobalSetup(Target = nameof(Inline))]
    public void SetupInline()
    {
        _lane = new OneThreadLane<InstructionRetired>();
        _lane.Engine.Subscribe(_inlineHandler, new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline });
    }

    [GlobalSetup(Target = nameof(InlineAndDispatched))]
    public void SetupInlineAndDispatched()
    {
        SetupInline();
        _lane.Engine.SubscribeBatch<InstructionRetired>(new SummingHandler());
    }

    [Benchmark(OperationsPerInvoke = Events)]
    public void Inline() => Publish();

    [Benchmark(OperationsPerInvoke = Events)]
    public void InlineAndDispatched()
    {
        Publish();
        _lane.Discard(Events);
    }

    private void Publish()
    {
        for (int i = 0; i < Events; i++)
            _lane.Lane.Publish(Checksum.Event(i));
        Checksum.Check(nameof(InlineDeliveryBenchmarks), _inlineHandler.Sum, Checksum.Expected(Events));
        _inlineHandler.Reset();
    }
}
