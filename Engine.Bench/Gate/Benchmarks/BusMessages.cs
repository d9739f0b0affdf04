using Engine.Bench.Support;
using Engine.Bus.Messages;
using Engine.Events.Vm;

namespace Engine.Bench.Gate.Benchmarks;

/// <summary>
/// Publishing an event to a message subscription, taking the message, and acknowledging it.
/// <code>[ this thread -> bus -> messages -> this thread ]</code>
/// </summary>
internal sealed class BusMessages : BusBenchmark
{
    private const int MessageCount = 4_000;

    private readonly MessageSubscription _messages;
    private ulong _sum;
    private ulong _settled;

    public BusMessages()
        : base(handlerCount: 0) => _messages = Bus.SubscribeMessages<InstructionRetired>();

    public override int OperationsPerSegment => MessageCount;

    public override void Dispose()
    {
        _messages.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose();
    }

    protected override void Execute(int operations)
    {
        ulong sum = 0;
        ulong settled = 0;
        for (int i = 0; i < operations; i++)
        {
            Bus.Publish(Checksum.Event(i));
            if (_messages.TryTake(out EventMessage message) && message.TryGet(out InstructionRetired e))
            {
                sum += e.Pc;
                settled += message.Ack() == SettlementOutcome.Settled ? 1UL : 0;
            }
        }

        (_sum, _settled) = (sum, settled);
    }

    protected override void Verify(int operations)
    {
        Check("the number of messages settled", _settled, (ulong)operations);
        Check("the sum of their numbers", _sum, Checksum.Expected(operations));
    }
}
