using Engine.Primitives;

namespace Engine.Ring.WaitStrategies;

/// <summary>
/// Spins, then yields, then sleeps: quick while events keep coming, and free of cost when they stop. The default.
/// Where they come so far apart that spinning would cost more of a core than sleeping costs each event in latency, it sleeps at
/// once: it measures the time between them. On a single processor it does not spin, because what it waits for could not happen
/// meanwhile.
/// </summary>
internal struct AdaptiveWaitStrategy : IWaitStrategy
{
    // Events that a mean is taken over.
    private const int Smoothing = 8;

    // A sleep and its end take some 10 microseconds, so what comes more often is waited for awake.
    private static readonly long SparseTicks = MonotonicClock.FromMicroseconds(30);
    private static readonly long DenseTicks = MonotonicClock.FromMicroseconds(20);

    private readonly long _spinTicks;
    private readonly long _yieldTicks;
    private long _meanGapTicks;
    private bool _isSparse;

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
    public readonly IdleAction Next(int emptyPolls, long idleTicks)
    {
        if (_isSparse || idleTicks >= _yieldTicks)
            return IdleAction.Park;
        return idleTicks < _spinTicks ? IdleAction.Spin : IdleAction.Yield;
    }

    /// <inheritdoc/>
    public void Found(long events, long periodTicks)
    {
        // After a long pause one event is no more news than after a short one.
        long gap = Math.Min(periodTicks / events, _yieldTicks);
        _meanGapTicks += (gap - _meanGapTicks) * Math.Min(events, Smoothing) / Smoothing;
        _isSparse = _meanGapTicks >= (_isSparse ? DenseTicks : SparseTicks);
    }
}
