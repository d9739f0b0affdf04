namespace Engine.Ring.WaitStrategies;

/// <summary>Looks again without end. The lowest latency, for the price of a whole core.</summary>
internal readonly struct BusySpinWaitStrategy : IWaitStrategy
{
    /// <inheritdoc/>
    public IdleAction Next(int emptyPolls, long idleTicks) => IdleAction.Spin;

    /// <inheritdoc/>
    public void Found(long events, long periodTicks)
    {
    }
}
