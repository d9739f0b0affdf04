namespace Engine.Bus.Scheduling;

/// <summary>
/// Whose turn it is among the ready queues: each in its turn, for as many turns as its weight; a queue without work is passed over. So
/// of any N turns a backlogged queue i gets at least (floor(N / sum w) - 1) * w_i, and its head waits for at most
/// sum w - w_i turns of others, because each other queue comes at most once before it. Used by one thread at a time.
/// </summary>
internal struct PriorityTurns
{
    /// <summary>Turns per round of the high, the normal and the low queue.</summary>
    public static ReadOnlySpan<int> Weights => [8, 4, 1];

    /// <summary>The queue of what has neither high nor low priority.</summary>
    public const int NormalQueue = 1;

    private int _used;

    /// <summary>The queue whose turn it is.</summary>
    public int Queue { get; private set; }

    /// <summary>Whether it has turns left.</summary>
    public readonly bool HasTurn => _used < Weights[Queue];

    /// <summary>The queue of a priority.</summary>
    public static int QueueOf(DispatchPriority priority) => priority switch
    {
        DispatchPriority.High => 0,
        DispatchPriority.Normal => NormalQueue,
        _ => 2,
    };

    /// <summary>Takes one of its turns.</summary>
    public void Use() => _used++;

    /// <summary>Goes on to the next queue, which has all its turns.</summary>
    public void Next()
    {
        Queue = (Queue + 1) % Weights.Length;
        _used = 0;
    }
}
