using Engine.Primitives;

namespace Engine.Ring.WaitStrategies;

/// <summary>
/// Spins, then yields, then sleeps: quick while events keep coming, and free of cost when they stop. The default.
/// On a single processor it does not spin, because what it waits for could not happen meanwhile.
/// </summary>
internal readonly struct AdaptiveWaitStrategy : IWaitStrategy
{
    private readonly long _spinTicks;
    private readonly long _yieldTicks;

    /// <summary>A strategy that spins for 50 microseconds and yields until 200 have passed.</summary>
    public AdaptiveWaitStrategy()
        : this(TimeSpan.FromMicroseconds(50), TimeSpan.FromMicroseconds(150))
    {
    }

    /// <summary>A strategy with the given phases.</summary>
    /// <param name="spin">How long to spin; not used on a single processor.</param>
    /// <param name="yield">How long to yield after that.</param>
    /// <exception cref="ArgumentOutOfRangeException">A phase is negative.</exception>
    public AdaptiveWaitStrategy(TimeSpan spin, TimeSpan yield)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(spin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(yield, TimeSpan.Zero);
        _spinTicks = Environment.ProcessorCount > 1 ? MonotonicClock.FromTimeSpan(spin) : 0;
        _yieldTicks = _spinTicks + MonotonicClock.FromTimeSpan(yield);
    }

    /// <inheritdoc/>
    public IdleAction Next(int emptyPolls, long idleTicks)
    {
        if (idleTicks < _spinTicks)
            return IdleAction.Spin;
        return idleTicks < _yieldTicks ? IdleAction.Yield : IdleAction.Park;
    }
}
