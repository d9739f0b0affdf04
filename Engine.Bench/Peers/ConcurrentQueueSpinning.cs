using System.Collections.Concurrent;
using Engine.Bench.Support;
using Engine.Events.Vm;

namespace Engine.Bench.Peers;

/// <summary>A <see cref="ConcurrentQueue{T}"/>, unbounded, whose consumer spins while it is empty.</summary>
internal sealed class ConcurrentQueueSpinning : Peer
{
    private ConcurrentQueue<InstructionRetired> _queue = new();

    public override string Id => "concurrent-queue";

    public override string Name => "ConcurrentQueue<T>, spinning";

    public override string Documentation => "When to use a thread-safe collection, and SpinWait (.NET documentation)";

    public override long EventCount => 2_000_000;

    protected override Task StartReceiving(EventReceiver receiver, long count)
    {
        var queue = new ConcurrentQueue<InstructionRetired>();
        _queue = queue;
        return OnOwnThread(() => Receive(queue, receiver, count));
    }

    protected override void Send(EventFeed feed)
    {
        while (feed.TryNext(out InstructionRetired e))
            _queue.Enqueue(e);
    }

    private static void Receive(ConcurrentQueue<InstructionRetired> queue, EventReceiver receiver, long count)
    {
        var spinner = new SpinWait();
        while (receiver.Seen < count)
        {
            if (queue.TryDequeue(out InstructionRetired e))
            {
                receiver.Handle(e);
                spinner.Reset();
            }
            else
            {
                // Never sleeps: that would make each pause a millisecond.
                spinner.SpinOnce(sleep1Threshold: -1);
            }
        }
    }
}
