using System.Threading.Channels;
using Engine.Bench.Topologies;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>A bounded <see cref="Channel{T}"/> of the same capacity, driven with TryWrite and TryRead, one reader and one writer.</summary>
internal sealed class BoundedChannelOneToOne : IOneToOne
{
    private readonly Channel<InstructionRetired> _channel = Channel.CreateBounded<InstructionRetired>(
        new BoundedChannelOptions(InstructionRetired.Descriptor.Capacity) { SingleReader = true, SingleWriter = true });

    public string Name => "Channel<T>, bounded, TryWrite/TryRead";

    public long EventCount => 1_000_000;

    public ulong Run(long count)
    {
        ulong sum = 0;
        var consumer = new Thread(() => sum = Consume(count));
        consumer.Start();
        ChannelWriter<InstructionRetired> writer = _channel.Writer;
        for (long i = 0; i < count; i++)
        {
            while (!writer.TryWrite(Checksum.Event(i)))
                Thread.Yield();
        }

        consumer.Join();
        return sum;
    }

    public void Dispose()
    {
    }

    private ulong Consume(long count)
    {
        ulong sum = 0;
        ChannelReader<InstructionRetired> reader = _channel.Reader;
        for (long seen = 0; seen < count;)
        {
            if (reader.TryRead(out InstructionRetired e))
            {
                sum += e.Pc;
                seen++;
            }
            else
            {
                Thread.SpinWait(1);
            }
        }

        return sum;
    }
}
