namespace Engine.Ring;

/// <summary>
/// How a producer waits for a free slot: it spins for a moment, since a busy consumer frees slots often, then yields,
/// then sleeps until the consumer frees some.
/// </summary>
internal struct RoomBackOff
{
    private const int SpinRounds = 64;
    private const int YieldRounds = 128;

    // Several producers may share one signal, which wakes one of them; the others look again by themselves.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMilliseconds(1);
    private static readonly bool SpinHelps = Environment.ProcessorCount > 1;

    private int _round;

    public readonly bool IsFirstOrSleeps => _round is 0 or >= YieldRounds;

    /// <summary>Whether it has only spun so far.</summary>
    public readonly bool IsPatient => _round <= SpinRounds;

    public void Wait<TCheck>(WakeSignal signal, in TCheck check)
        where TCheck : struct, IProgressCheck
    {
        int round = _round++;
        if (SpinHelps && round < SpinRounds)
            Thread.SpinWait(20);
        else if (round < YieldRounds)
            Thread.Yield();
        else
            signal.Park(check, LongestSleep);
    }
}
