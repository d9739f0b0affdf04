namespace Engine.Bus.Messages;

/// <summary>Fills batches. Used by one consumer at a time.</summary>
internal sealed class MessageBatchReader(MessageQueue queue, int size, TimeSpan maxWait)
{
    private readonly ConsumerWaiter _waiter = new(queue);
    private readonly List<EventMessage> _filling = [];

    /// <summary>Waits for a batch. What is taken meanwhile is kept for the next call where this one is cancelled.</summary>
    /// <param name="cause">Learns what the batch is caused by, and has the leases renewed; null for a consumer that renews them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The batch; null when the subscription has ended.</returns>
    public async ValueTask<MessageBatch?> ReadAsync(BatchCause? cause, CancellationToken cancellationToken)
    {
        long deadline = long.MaxValue;
        cause?.Begin();
        while (true)
        {
            queue.CheckCancelled(cancellationToken);
            bool isTaken = queue.TryTake(cause?.Next, out EventMessage message);
            if (isTaken)
            {
                if (_filling.Count == 0)
                    deadline = queue.DeadlineAfter(maxWait);
                _filling.Add(message);
                cause?.Note();
            }

            if (_filling.Count == size || (!isTaken && _filling.Count > 0 && (queue.IsDraining || queue.IsPast(deadline))))
            {
                var batch = new MessageBatch([.. _filling]);
                _filling.Clear();
                return batch;
            }

            if (!isTaken && !await queue.WaitAsync(_waiter, deadline, cancellationToken).ConfigureAwait(false))
                return null;
        }
    }

    /// <summary>Gives the messages of a batch back that is not complete.</summary>
    public void GiveBack()
    {
        foreach (EventMessage message in _filling)
            message.Release();
        _filling.Clear();
    }
}

/// <summary>What a batch is caused by: an event of its own, as deep as the deepest of its messages.</summary>
internal sealed class BatchCause
{
    private readonly EventContext _batch = new();
    private readonly EventContext _first = new();
    private readonly EventContext _later = new();
    private bool _hasFirst;
    private int _depth;

    /// <summary>What the next message's context is copied to.</summary>
    public EventContext Next => _hasFirst ? _later : _first;

    /// <summary>A batch begins.</summary>
    public void Begin() => (_hasFirst, _depth) = (false, 0);

    /// <summary>A message was taken.</summary>
    public void Note()
    {
        _depth = Math.Max(_depth, Next.Depth);
        _hasFirst = true;
    }

    /// <summary>The batch is complete.</summary>
    public EventContext Complete()
    {
        _batch.BeginBatch(_first, _depth);
        return _batch;
    }
}
