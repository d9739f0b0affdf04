using Engine.Bench.Support;
using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Events.Vm;

namespace Engine.Bench.Bus;

/// <summary>
/// Messages that one thread publishes, takes and acknowledges, one after the other.
/// <code>publisher -> bus -> messages -> publisher</code>
/// </summary>
internal sealed class MessagePingPong : BusTransfer
{
    private readonly EventBus _bus = new();
    private readonly MessageSubscription _messages;

    public MessagePingPong() => _messages = _bus.SubscribeMessages<InstructionRetired>();

    public override string Name => "published, taken and acked by one thread";

    public override long EventCount => 500_000;

    public override bool IsOnOneThread => true;

    public override ulong Run(long count)
    {
        ulong sum = 0;
        for (long i = 0; i < count; i++)
        {
            _bus.Publish(Checksum.Event(i));
            if (_messages.TryTake(out EventMessage message) && message.TryGet(out InstructionRetired e)
                && message.Ack() == SettlementOutcome.Settled)
                sum += e.Pc;
        }

        return sum;
    }

    public override void Dispose()
    {
        _messages.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose();
    }
}

/// <summary>
/// Messages that a consumer on the pool handles; to return is to acknowledge.
/// <code>publisher -> bus -> messages -> handler on the pool</code>
/// </summary>
internal sealed class MessageQueueTransfer : QueueTransfer
{
    private readonly EventBus _bus = new();
    private readonly MessageSubscription _messages;
    private readonly Task _consumer;

    public MessageQueueTransfer()
        : base(publisherCount: 1)
    {
        _messages = _bus.SubscribeMessages<InstructionRetired>(new MessageSubscriptionOptions { Capacity = Capacity });
        _consumer = _messages.RunAsync((message, _) =>
        {
            if (message.TryGet(out InstructionRetired e))
                Receiver.Handle(e);
            return ValueTask.CompletedTask;
        });
    }

    public override string Name => "published, handled and acked on the pool";

    public override void Dispose()
    {
        _messages.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _consumer.GetAwaiter().GetResult();
        base.Dispose();
    }

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            _bus.Publish(Checksum.Event(i));
    }
}
