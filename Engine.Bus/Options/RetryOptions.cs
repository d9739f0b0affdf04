using Engine.Bus.Retry;

namespace Engine.Bus;

/// <summary>How often and when a failed handler is tried again: delay = min(<see cref="MaxDelay"/>, <see cref="BaseDelay"/> * <see cref="Multiplier"/>^n).</summary>
public sealed class RetryOptions
{
    /// <summary>How often an event is tried in all, the first try counted; 1 for no retry.</summary>
    public int MaxAttempts { get; set; } = 1;

    /// <summary>The delay before the second try.</summary>
    public TimeSpan BaseDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>By what each delay is multiplied to get the next one.</summary>
    public double Multiplier { get; set; } = 2;

    /// <summary>How delays are spread, so that what failed together is not tried again together.</summary>
    public RetryJitter Jitter { get; set; }

    internal RetryOptions Copy() => new()
    {
        MaxAttempts = MaxAttempts,
        BaseDelay = BaseDelay,
        MaxDelay = MaxDelay,
        Multiplier = Multiplier,
        Jitter = Jitter,
    };
}
