using System.Collections.Concurrent;

namespace Engine.Bus.Scheduling;

/// <summary>
/// What waits for one dispatcher, in three lanes, each first in, first out. Anyone may add and take; who takes keeps the
/// count of the lanes' turns.
/// </summary>
/// <typeparam name="TWork">What waits.</typeparam>
internal sealed class ReadyLanes<TWork>
    where TWork : class
{
    private readonly ConcurrentQueue<TWork>[] _lanes = [new(), new(), new()];

    public bool IsEmpty => _lanes[0].IsEmpty && _lanes[1].IsEmpty && _lanes[2].IsEmpty;

    public int Count => _lanes[0].Count + _lanes[1].Count + _lanes[2].Count;

    public void Add(TWork work, DispatchPriority priority) => _lanes[LaneOf(priority)].Enqueue(work);

    /// <summary>Takes what is next.</summary>
    /// <param name="turns">Whose turn it is; stays what it was if there is nothing to take.</param>
    public TWork? TryTake(ref LaneTurns turns)
    {
        LaneTurns next = turns;
        // Each lane once, and the first one again: the second time it has all its turns.
        for (int i = 0; i <= _lanes.Length; i++)
        {
            if (next.HasTurn && _lanes[next.Lane].TryDequeue(out TWork? work))
            {
                next.Use();
                turns = next;
                return work;
            }

            next.Next();
        }

        return null;
    }

    private static int LaneOf(DispatchPriority priority) => priority switch
    {
        DispatchPriority.High => 0,
        DispatchPriority.Normal => 1,
        _ => 2,
    };
}
