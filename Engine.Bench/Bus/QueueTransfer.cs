using Engine.Bench.Support;

namespace Engine.Bench.Bus;

/// <summary>One or two publishers on threads of their own, a bounded queue, and one reader.</summary>
/// <param name="publisherCount">Publishers that share the events.</param>
internal abstract class QueueTransfer(int publisherCount) : BusTransfer
{
    /// <summary>Events that may wait in a queue.</summary>
    public const int Capacity = 4096;

    private EventReceiver _receiver = new(null);

    public override long EventCount => 500_000;

    /// <summary>What the reader gives the events to.</summary>
    protected EventReceiver Receiver => _receiver;

    protected int PublisherCount => publisherCount;

    public override ulong Run(long count)
    {
        _receiver = new EventReceiver(null);
        Begin();
        long share = count / publisherCount;
        Thread[] others = [.. Enumerable.Range(1, publisherCount - 1).Select(i => new Thread(() => Publish(i * share, EndOf(i))))];
        foreach (Thread thread in others)
            thread.Start();
        Publish(0, EndOf(0));
        foreach (Thread thread in others)
            thread.Join();
        End();
        _receiver.WaitUntilSeen(count);
        return _receiver.Sum;

        long EndOf(int publisher) => publisher == publisherCount - 1 ? count : (publisher + 1) * share;
    }

    /// <summary>Before the first event of a run.</summary>
    protected virtual void Begin()
    {
    }

    /// <summary>Sends the events from one number up to another; waits where the queue is full.</summary>
    protected abstract void Publish(long first, long end);

    /// <summary>After the last event of a run.</summary>
    protected virtual void End()
    {
    }
}
