namespace Engine.Bus.Retry;

/// <summary>Options of a <see cref="RetryPolicy"/>. The nominal delay before retry n (from 0) is min(<see cref="MaxDelay"/>, <see cref="BaseDelay"/> * <see cref="Multiplier"/>^n), rounded up to whole milliseconds within the cap.</summary>
public sealed class RetryPolicyOptions
{
    // Timers count whole milliseconds in 32 bits.
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(49);

    /// <summary>How often the action is tried in all, the first try counted; 1 for no retry.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>The delay before the second try: at least 1 ms.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay, with jitter too: at least <see cref="BaseDelay"/>, at most 49 days.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>By what each delay is multiplied to get the next one: at least 1.</summary>
    public double Multiplier { get; set; } = 2;

    /// <summary>How delays are spread, so that what failed together is not tried again together.</summary>
    public RetryJitter Jitter { get; set; }

    /// <summary>
    /// Which exceptions are worth another try; by default all. Not asked about cancellation, which is never a failure,
    /// nor after the last try. If it throws, there is no other try and the action's own exception is reported.
    /// </summary>
    public Func<Exception, bool>? ShouldRetry { get; set; }

    /// <summary>The clock that delays are scheduled on.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where jitter takes its random numbers from; one with a seed makes delays repeatable. It is never used by two threads at once by one policy.</summary>
    public Random Random { get; set; } = Random.Shared;

    internal void Validate()
    {
        if (MaxAttempts < 1)
            throw new ArgumentOutOfRangeException(nameof(MaxAttempts), MaxAttempts, "An action must be tried at least once; the first try counts.");
        if (BaseDelay < ShortestDelay)
            throw new ArgumentOutOfRangeException(nameof(BaseDelay), BaseDelay, "The delay before the second try must be at least 1 ms, or retries make a busy loop.");
        if (MaxDelay < BaseDelay)
            throw new ArgumentOutOfRangeException(nameof(MaxDelay), MaxDelay, $"The longest delay must be at least {nameof(BaseDelay)}, which is {BaseDelay}.");
        if (MaxDelay > LongestDelay)
            throw new ArgumentOutOfRangeException(nameof(MaxDelay), MaxDelay, $"The longest delay must be at most {LongestDelay.Days} days, which is what a timer can wait.");
        if (!double.IsFinite(Multiplier) || Multiplier < 1)
            throw new ArgumentOutOfRangeException(nameof(Multiplier), Multiplier, "The multiplier of delays must be a finite number of at least 1.");
        if (!Enum.IsDefined(Jitter))
            throw new ArgumentOutOfRangeException(nameof(Jitter), Jitter, "The jitter must be None, Additive or Decorrelated.");
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentNullException.ThrowIfNull(Random);
    }
}
