namespace Engine.Ring.WaitStrategies;

/// <summary>Sleeps at once. The least processor time, at the price of a wake-up (some 10 to 100 microseconds) after each pause.</summary>
internal readonly struct BlockingWaitStrategy : IWaitStrategy
{
    /// <inheritdoc/>
    public IdleAction Next(int emptyPolls, long idleTicks) => IdleAction.Park;

    /// <inheritdoc/>
    public void Found(long events, long periodTicks)
    {
    }
}
