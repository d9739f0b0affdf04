using System.Threading.Channels;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>An unbounded <see cref="Channel{T}"/>, one reader and one writer, the reader asynchronous.</summary>
internal sealed class UnboundedChannel : ChannelPeer
{
    public override string Id => "channel-unbounded";

    public override string Name => "Channel<T>, unbounded, WaitToReadAsync";

    public override long EventCount => 2_000_000;

    protected override Channel<InstructionRetired> CreateChannel() => Channel.CreateUnbounded<InstructionRetired>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
}
