namespace Engine.Bus.Scheduling;

/// <summary>
/// Whose turn it is among lanes: each in its turn, for as many turns as its weight; a lane without work is passed over. So
/// of any N turns a backlogged lane i gets at least (floor(N / sum w) - 1) * w_i, and its head waits for at most
/// sum w - w_i turns of others, because each other lane comes at most once before it. Used by one thread at a time.
/// </summary>
internal struct LaneTurns
{
    /// <summary>Turns per round of the high, the normal and the low lane.</summary>
    public static ReadOnlySpan<int> Weights => [8, 4, 1];

    private int _used;

    /// <summary>The lane whose turn it is.</summary>
    public int Lane { get; private set; }

    /// <summary>Whether it has turns left.</summary>
    public readonly bool HasTurn => _used < Weights[Lane];

    /// <summary>Takes one of its turns.</summary>
    public void Use() => _used++;

    /// <summary>Goes on to the next lane, which has all its turns.</summary>
    public void Next()
    {
        Lane = (Lane + 1) % Weights.Length;
        _used = 0;
    }
}
