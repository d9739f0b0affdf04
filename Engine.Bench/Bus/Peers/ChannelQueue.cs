using System.Threading.Channels;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>
/// A bounded <see cref="Channel{T}"/>, read in a loop as its documentation advises.
/// <code>publishers -> channel -> reader on the pool</code>
/// </summary>
internal sealed class ChannelQueue(int publisherCount) : QueueTransfer(publisherCount)
{
    private Channel<InstructionRetired> _channel = Channel.CreateUnbounded<InstructionRetired>();

    public override string Name => "Channel<T>, bounded, WaitToReadAsync";

    protected override void Begin()
    {
        _channel = Channel.CreateBounded<InstructionRetired>(
            new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = PublisherCount == 1 });
        _ = Task.Run(() => ReadAsync(_channel.Reader, Receiver));
    }

    protected override void Publish(long first, long end)
    {
        ChannelWriter<InstructionRetired> writer = _channel.Writer;
        for (long i = first; i < end; i++)
        {
            InstructionRetired e = Checksum.Event(i);
            while (!writer.TryWrite(e))
                writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    protected override void End() => _channel.Writer.Complete();

    private static async Task ReadAsync(ChannelReader<InstructionRetired> reader, EventReceiver receiver)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out InstructionRetired e))
                receiver.Handle(e);
        }
    }
}
