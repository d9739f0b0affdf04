using System.Threading.Channels;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>A bounded <see cref="Channel{T}"/> of the engine's capacity, one reader and one writer, the reader asynchronous.</summary>
internal sealed class BoundedChannel : ChannelPeer
{
    public override string Id => "channel-bounded";

    public override string Name => "Channel<T>, bounded, WaitToReadAsync";

    protected override Channel<InstructionRetired> CreateChannel() => Channel.CreateBounded<InstructionRetired>(
        new BoundedChannelOptions(InstructionRetired.Descriptor.Capacity) { SingleReader = true, SingleWriter = true });
}
