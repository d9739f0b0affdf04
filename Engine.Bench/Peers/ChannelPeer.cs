using System.Threading.Channels;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>What channels have in common: the writer and reader loops of the documentation.</summary>
internal abstract class ChannelPeer : Peer
{
    private Channel<InstructionRetired> _channel = Channel.CreateUnbounded<InstructionRetired>();

    public override string Documentation =>
        "System.Threading.Channels library (.NET documentation), Producer patterns and Consumer patterns";

    protected abstract Channel<InstructionRetired> CreateChannel();

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        _channel = CreateChannel();
        return Task.Run(() => Receive(_channel.Reader, receiver));
    }

    protected override void Send(EventFeed feed)
    {
        ChannelWriter<InstructionRetired> writer = _channel.Writer;
        while (feed.TryNext(out InstructionRetired e))
        {
            // "TryWrite" first and "WaitToWriteAsync" when it is full, blocking because the producer is a thread.
            while (!writer.TryWrite(e))
                writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult();
        }

        writer.Complete();
    }

    private static async Task Receive(ChannelReader<InstructionRetired> reader, EventReceiver receiver)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out InstructionRetired e))
                receiver.Handle(e);
        }
    }
}
