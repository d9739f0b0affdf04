using System.Threading.Tasks.Dataflow;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>
/// An <see cref="ActionBlock{TInput}"/> that knows that it has one producer. Unbounded: bounded, it answers a Post to a
/// full block with false and leaves the waiting to the caller.
/// </summary>
internal sealed class DataflowPeer : Peer
{
    private ActionBlock<InstructionRetired>? _block;

    public override string Id => "dataflow";

    public override string Name => "Dataflow, ActionBlock<T>";

    public override string Documentation =>
        "Dataflow (Task Parallel Library), and ExecutionDataflowBlockOptions.SingleProducerConstrained (.NET documentation)";

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        _block = new ActionBlock<InstructionRetired>(
            e => receiver.Handle(e),
            new ExecutionDataflowBlockOptions { SingleProducerConstrained = true });
        return _block.Completion;
    }

    protected override void Send(EventFeed feed)
    {
        while (feed.TryNext(out InstructionRetired e))
            _block!.Post(e);
        _block!.Complete();
    }
}
