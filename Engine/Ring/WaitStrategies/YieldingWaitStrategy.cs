namespace Engine.Ring.WaitStrategies;

/// <summary>Spins 100 times, then yields between looks. Low latency, and other threads get the core when they want it.</summary>
internal readonly struct YieldingWaitStrategy : IWaitStrategy
{
    private const int SpinPolls = 100;

    /// <inheritdoc/>
    public IdleAction Next(int emptyPolls, long idleTicks) =>
        emptyPolls <= SpinPolls ? IdleAction.Spin : IdleAction.Yield;

    /// <inheritdoc/>
    public void Found(long events, long periodTicks)
    {
    }
}
