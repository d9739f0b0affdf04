namespace Engine.Ring.WaitStrategies;

/// <summary>
/// What a thread that has found nothing to do does next. A struct, so that the loop that uses it is compiled for it.
/// A strategy shares nothing; each waiting thread has its own copy.
/// </summary>
internal interface IWaitStrategy
{
    /// <summary>Decides after an unsuccessful look.</summary>
    /// <param name="emptyPolls">Unsuccessful looks in a row, from 1.</param>
    /// <param name="idleTicks">Time since the last successful look, in ticks of the monotonic clock.</param>
    IdleAction Next(int emptyPolls, long idleTicks);

    /// <summary>Is told of a successful look.</summary>
    /// <param name="events">Events found, from 1.</param>
    /// <param name="periodTicks">Time since the last successful look, in which they arrived.</param>
    void Found(long events, long periodTicks);
}
