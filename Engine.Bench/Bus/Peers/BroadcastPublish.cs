using System.Threading.Tasks.Dataflow;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Bus.Peers;

/// <summary>
/// A <see cref="BroadcastBlock{T}"/> that hands each event to one <see cref="ActionBlock{TInput}"/> per handler; the run ends when
/// all have handled what they got. With bounded targets, one that is full gets only the latest event once it has room: the
/// others it misses, which the share that was delivered shows.
/// <code>publisher -> broadcast block -> action blocks on the pool</code>
/// </summary>
internal sealed class BroadcastPublish : BusTransfer
{
    private readonly bool _isBounded;
    private double _deliveredShare = 100;

    public BroadcastPublish(int handlerCount, bool isBounded)
    {
        HandlerCount = handlerCount;
        _isBounded = isBounded;
    }

    public override string Name => _isBounded
        ? $"Dataflow, BroadcastBlock, bounded to {QueueTransfer.Capacity}: a slow target gets the latest only"
        : "Dataflow, BroadcastBlock, unbounded";

    public override long EventCount => 100_000 / HandlerCount;

    public override bool MayLose => _isBounded;

    public override double DeliveredShare => _deliveredShare;

    public override ulong Run(long count)
    {
        var broadcast = new BroadcastBlock<InstructionRetired>(cloningFunction: null);
        EventReceiver[] receivers = [.. Enumerable.Range(0, HandlerCount).Select(static _ => new EventReceiver(null))];
        Task[] completions = [.. receivers.Select(receiver => Link(broadcast, receiver))];
        for (long i = 0; i < count; i++)
            broadcast.Post(Checksum.Event(i));
        broadcast.Complete();
        Task.WhenAll(completions).GetAwaiter().GetResult();
        _deliveredShare = 100.0 * receivers.Sum(static receiver => receiver.Seen) / (count * HandlerCount);
        return receivers.Aggregate(0UL, static (sum, receiver) => sum + receiver.Sum);
    }

    private Task Link(BroadcastBlock<InstructionRetired> broadcast, EventReceiver receiver)
    {
        var target = new ActionBlock<InstructionRetired>(e => receiver.Handle(e), new ExecutionDataflowBlockOptions
        {
            BoundedCapacity = _isBounded ? QueueTransfer.Capacity : DataflowBlockOptions.Unbounded,
            SingleProducerConstrained = true,
        });
        broadcast.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        return target.Completion;
    }
}
