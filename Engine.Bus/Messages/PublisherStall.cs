using Engine.Publish;

namespace Engine.Bus.Messages;

/// <summary>A publisher that waits for a place in a full queue. Blocks its thread, as the policy says.</summary>
internal sealed class PublisherStall
{
    private PublishOutcome? _outcome;

    public PublisherStall(long deadline)
    {
        Deadline = deadline;
        Node = new LinkedListNode<PublisherStall>(this);
    }

    public long Deadline { get; }

    public LinkedListNode<PublisherStall> Node { get; }

    /// <summary>Waits for the end. <see cref="PublishOutcome.Published"/> means that a place is reserved.</summary>
    public PublishOutcome Wait()
    {
        lock (Node)
        {
            while (_outcome is null)
                Monitor.Wait(Node);
            return _outcome.Value;
        }
    }

    public void End(PublishOutcome outcome)
    {
        lock (Node)
        {
            _outcome = outcome;
            Monitor.Pulse(Node);
        }
    }
}
