namespace Engine.Bus.Retry;

/// <summary>
/// The one place where delays before retries are computed, of handlers and of messages: min(cap, base * multiplier^n) in doubles,
/// which turn infinite where integers would overflow. Delays are whole milliseconds, rounded up within the cap, because timers
/// drop the rest: so what is reported is what is waited. Thread-safe.
/// </summary>
internal static class RetryBackoff
{
    private const double AdditiveShare = 0.5;
    private const double DecorrelatedGrowth = 3;

    /// <summary>The delay before retry <paramref name="retry"/> (from 0) without jitter.</summary>
    public static TimeSpan Nominal(RetryOptions options, int retry) => ToDelay(options, NominalTicks(options, retry));

    /// <summary>The delay before retry <paramref name="retry"/> (from 0).</summary>
    /// <param name="options">The options, validated.</param>
    /// <param name="retry">Number of the retry.</param>
    /// <param name="previous">The delay before the previous retry; zero if there was none.</param>
    public static TimeSpan Next(RetryOptions options, int retry, TimeSpan previous)
    {
        switch (options.Jitter)
        {
            case RetryJitter.Additive:
                double nominal = NominalTicks(options, retry);
                return ToDelay(options, nominal + (nominal * AdditiveShare * NextRandom(options.Random)));
            case RetryJitter.Decorrelated:
                double start = options.BaseDelay.Ticks;
                double end = DecorrelatedGrowth * Math.Max(start, previous.Ticks);
                return ToDelay(options, start + ((end - start) * NextRandom(options.Random)));
            default:
                return Nominal(options, retry);
        }
    }

    /// <summary>The delay before a retry where the previous delay was not kept: the nominal one stands for it.</summary>
    public static TimeSpan Next(RetryOptions options, int retry) =>
        Next(options, retry, retry == 0 ? TimeSpan.Zero : Nominal(options, retry - 1));

    private static double NominalTicks(RetryOptions options, int retry) =>
        Math.Min(CapTicks(options), options.BaseDelay.Ticks * Math.Pow(options.Multiplier, retry));

    private static double CapTicks(RetryOptions options) =>
        options.MaxDelay.Ticks - (options.MaxDelay.Ticks % TimeSpan.TicksPerMillisecond);

    // To ticks first, so that a product a hair above a whole millisecond does not gain one.
    private static TimeSpan ToDelay(RetryOptions options, double ticks)
    {
        double milliseconds = Math.Ceiling(Math.Round(Math.Min(CapTicks(options), ticks)) / TimeSpan.TicksPerMillisecond);
        return new TimeSpan((long)milliseconds * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>
    /// A number from 0 to 1. The source may be foreign code, and this may be a timer's thread: if it throws, there is no jitter.
    /// </summary>
    private static double NextRandom(Random random)
    {
        if (ReferenceEquals(random, Random.Shared))
            return random.NextDouble();
        try
        {
            // A source with a seed is not thread-safe. Only failures come here.
            lock (random)
                return random.NextDouble() is >= 0 and <= 1 and double number ? number : 0;
        }
        catch (Exception)
        {
            return 0;
        }
    }
}
