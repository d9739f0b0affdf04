using System.Collections.Concurrent;

namespace Engine.Bus.Scheduling;

/// <summary>
/// What waits for one dispatcher, in three queues, each first in, first out. Anyone may add and take; who takes keeps the
/// count of the queues' turns.
/// </summary>
/// <typeparam name="TWork">What waits.</typeparam>
internal sealed class ReadyQueues<TWork>
    where TWork : class
{
    private readonly ConcurrentQueue<TWork>[] _queues = [new(), new(), new()];

    public bool IsEmpty => _queues[0].IsEmpty && _queues[1].IsEmpty && _queues[2].IsEmpty;

    public int Count => _queues[0].Count + _queues[1].Count + _queues[2].Count;

    public void Add(TWork work, DispatchPriority priority) => _queues[PriorityTurns.QueueOf(priority)].Enqueue(work);

    /// <summary>Takes what is next.</summary>
    /// <param name="turns">Whose turn it is; stays what it was if there is nothing to take.</param>
    public TWork? TryTake(ref PriorityTurns turns)
    {
        PriorityTurns next = turns;
        // Each queue once, and the first one again: the second time it has all its turns.
        for (int i = 0; i <= _queues.Length; i++)
        {
            if (next.HasTurn && _queues[next.Queue].TryDequeue(out TWork? work))
            {
                next.Use();
                turns = next;
                return work;
            }

            next.Next();
        }

        return null;
    }
}
