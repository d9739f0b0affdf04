namespace Engine.Ring.WaitStrategies;

/// <summary>
/// What a thread that has found nothing to do does next. A struct, so that the loop that uses it is compiled for it.
/// A strategy holds no shared state; each waiting thread has its own copy.
/// </summary>
internal interface IWaitStrategy
{
    /// <summary>Decides after an unsuccessful look.</summary>
    /// <param name="emptyPolls">Unsuccessful looks in a row, from 1.</param>
    /// <param name="idleTicks">Time since the last successful look, in ticks of the monotonic clock.</param>
    IdleAction Next(int emptyPolls, long idleTicks);
}
