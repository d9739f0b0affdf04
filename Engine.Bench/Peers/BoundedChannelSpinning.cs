using System.Threading.Channels;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>
/// A bounded <see cref="Channel{T}"/> of the engine's capacity whose reader has a thread of its own that spins on TryRead
/// and whose writer yields when it is full: the fastest way to drive it, at the price of a busy core.
/// </summary>
internal sealed class BoundedChannelSpinning : Peer
{
    private Channel<InstructionRetired> _channel = Create();

    public override string Id => "channel-bounded-spinning";

    public override string Name => "Channel<T>, bounded, TryWrite/TryRead";

    public override string Documentation => "ChannelReader<T>.TryRead and ChannelWriter<T>.TryWrite (.NET API reference)";

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        _channel = Create();
        return OnOwnThread(() => Receive(_channel.Reader, receiver, count));
    }

    protected override void Send(EventFeed feed)
    {
        ChannelWriter<InstructionRetired> writer = _channel.Writer;
        while (feed.TryNext(out InstructionRetired e))
        {
            while (!writer.TryWrite(e))
                Thread.Yield();
        }
    }

    private static Channel<InstructionRetired> Create() => Channel.CreateBounded<InstructionRetired>(
        new BoundedChannelOptions(InstructionRetired.Descriptor.Capacity) { SingleReader = true, SingleWriter = true });

    private static void Receive(ChannelReader<InstructionRetired> reader, EventReceiver receiver, long count)
    {
        while (receiver.Seen < count)
        {
            if (reader.TryRead(out InstructionRetired e))
                receiver.Handle(e);
            else
                Thread.SpinWait(1);
        }
    }
}
