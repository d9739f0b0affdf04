using Engine.Bus.Options;
using Engine.Primitives;

namespace Engine.Bus;

/// <summary>
/// How often and when something that failed is tried again: a handler, or the delivery of a message. The nominal delay before
/// retry n (from 0) is min(<see cref="MaxDelay"/>, <see cref="BaseDelay"/> * <see cref="Multiplier"/>^n), rounded up to whole
/// milliseconds within the cap. Immutable. The ranges are those of <c>docs/configuration.md</c>, whether the values come from
/// code or from a file.
/// </summary>
public sealed record RetryOptions
{
    /// <summary>As <see cref="MaxAttempts"/>: no end.</summary>
    public const int Unlimited = int.MaxValue;

    /// <summary>One try and no retry.</summary>
    public static readonly RetryOptions None = new() { MaxAttempts = 1 };

    /// <summary>How often it is tried in all, the first try counted: 1 for no retry, at most 1,000, or <see cref="Unlimited"/>.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The delay before the second try: at least 1 ms, so that there is never a busy loop.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay, with jitter too: at least <see cref="BaseDelay"/>, at most a day.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>By what each delay is multiplied to get the next one: 1 to 100.</summary>
    public double Multiplier { get; init; } = 2;

    /// <summary>How delays are spread, so that what failed together is not tried again together.</summary>
    public RetryJitter Jitter { get; init; }

    /// <summary>
    /// Which exceptions are worth another try; by default all. Not asked about cancellation, which is never a failure, nor after the
    /// last try, nor about messages. If it throws, there is no other try and the exception it was asked about is reported.
    /// </summary>
    public Func<Exception, bool>? ShouldRetry { get; init; }

    /// <summary>Where jitter takes its random numbers from; one with a seed makes delays repeatable. Locked while it is used.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>
    /// So many retries after the first try, each after the same delay: three retries are four attempts. For delays that grow, or another
    /// rule, <c>RetryOptions.Retries(3, delay) with { Multiplier = 2 }</c>.
    /// </summary>
    /// <param name="retries">Tries after the first: 0 to 999, or <see cref="Unlimited"/>.</param>
    /// <param name="delay">The delay before each retry: 1 ms to a day.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public static RetryOptions Retries(int retries, TimeSpan delay)
    {
        if (retries is < 0 or (> 999 and not Unlimited))
        {
            throw new ArgumentOutOfRangeException(
                nameof(retries), retries, "There are 0 to 999 retries, or RetryOptions.Unlimited; the first try is not among them.");
        }

        var options = new RetryOptions
        {
            MaxAttempts = retries == Unlimited ? Unlimited : retries + 1,
            BaseDelay = delay,
            MaxDelay = delay > None.MaxDelay ? delay : None.MaxDelay,
            Multiplier = 1,
        };
        options.Validate();
        return options;
    }

    /// <summary>The values in a line.</summary>
    public override string ToString()
    {
        string attempts = MaxAttempts == Unlimited ? "unlimited attempts" : MaxAttempts == 1 ? "1 attempt" : $"{MaxAttempts} attempts";
        string delays =
            $"{DurationText.Format(BaseDelay)} times {OptionForm.Number.Format(Multiplier)} up to {DurationText.Format(MaxDelay)}";
        return MaxAttempts == 1 ? attempts : $"{attempts}, {delays}, jitter {Jitter}";
    }

    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range; the message has rule and name.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Random);
        BusOptionsRules.ThrowIfBroken(this);
    }
}
