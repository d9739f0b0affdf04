using System.Collections.Concurrent;

namespace Engine.Bus.Scheduling;

/// <summary>
/// What waits for one dispatcher: three lanes, served in weighted round-robin. In one round each lane has as many turns
/// as its weight; a lane without work is passed over. So of any N turns a backlogged lane i gets at least
/// (floor(N / sum w) - 1) * w_i, and its head waits for at most sum w - w_i turns of others. Anyone may add. Whoever takes
/// work, its own or that of another, counts the turns in lanes of its own.
/// </summary>
/// <typeparam name="TWork">What waits.</typeparam>
internal sealed class ReadyLanes<TWork>
    where TWork : class
{
    /// <summary>Turns per round of the high, the normal and the low lane.</summary>
    public static ReadOnlySpan<int> Weights => [8, 4, 1];

    private readonly ConcurrentQueue<TWork>[] _lanes = [new(), new(), new()];

    // Turns left in this round; used by the owner only.
    private readonly int[] _turns = Weights.ToArray();

    public bool IsEmpty => _lanes[0].IsEmpty && _lanes[1].IsEmpty && _lanes[2].IsEmpty;

    public int Count => _lanes[0].Count + _lanes[1].Count + _lanes[2].Count;

    public void Add(TWork work, DispatchPriority priority) => _lanes[LaneOf(priority)].Enqueue(work);

    /// <summary>Takes what is next. To be called by the owner only.</summary>
    /// <param name="source">Whose work to take: the owner's own, or that of another dispatcher.</param>
    public TWork? TryTakeFrom(ReadyLanes<TWork> source)
    {
        // The second pass begins a new round: what has work had no turn left in the old one.
        for (int pass = 0; pass < 2; pass++)
        {
            for (int lane = 0; lane < _turns.Length; lane++)
            {
                if (_turns[lane] > 0 && source._lanes[lane].TryDequeue(out TWork? work))
                {
                    _turns[lane]--;
                    return work;
                }
            }

            Weights.CopyTo(_turns);
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
