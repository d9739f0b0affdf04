using System.Threading.Tasks.Dataflow;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>Dataflow: an <see cref="ActionBlock{TInput}"/> of a bounded capacity, one event at a time.</summary>
internal sealed class ActionBlockQueue() : QueueTransfer(publisherCount: 1)
{
    private ActionBlock<InstructionRetired> _block = new(static _ => { });

    public override string Name => "Dataflow, ActionBlock, bounded";

    protected override void Begin()
    {
        EventReceiver receiver = Receiver;
        _block = new ActionBlock<InstructionRetired>(
            e => receiver.Handle(e), new ExecutionDataflowBlockOptions { BoundedCapacity = Capacity, SingleProducerConstrained = true });
    }

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            DataflowSend.To(_block, Checksum.Event(i));
    }

    protected override void End() => _block.Complete();
}

/// <summary>Dataflow: a <see cref="BufferBlock{T}"/> of a bounded capacity, read in a loop.</summary>
internal sealed class BufferBlockQueue() : QueueTransfer(publisherCount: 1)
{
    private BufferBlock<InstructionRetired> _block = new();

    public override string Name => "Dataflow, BufferBlock, bounded, OutputAvailableAsync";

    protected override void Begin()
    {
        _block = new BufferBlock<InstructionRetired>(new DataflowBlockOptions { BoundedCapacity = Capacity });
        _ = Task.Run(() => ReadAsync(_block, Receiver));
    }

    protected override void Publish(long first, long end)
    {
        for (long i = first; i < end; i++)
            DataflowSend.To(_block, Checksum.Event(i));
    }

    protected override void End() => _block.Complete();

    private static async Task ReadAsync(BufferBlock<InstructionRetired> block, EventReceiver receiver)
    {
        while (await block.OutputAvailableAsync())
        {
            while (block.TryReceive(out InstructionRetired e))
                receiver.Handle(e);
        }
    }
}

/// <summary>How a thread sends to a block that may be full.</summary>
internal static class DataflowSend
{
    public static void To(ITargetBlock<InstructionRetired> block, in InstructionRetired e)
    {
        if (!block.Post(e))
            block.SendAsync(e).GetAwaiter().GetResult();
    }
}
