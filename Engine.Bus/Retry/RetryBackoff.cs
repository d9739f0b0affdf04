namespace Engine.Bus.Retry;

/// <summary>
/// Computes delays: min(cap, base * multiplier^n) in doubles, which turn infinite where integers would overflow. Delays are
/// whole milliseconds, rounded up within the cap, because timers drop the rest: so what is reported is what is waited. Thread-safe.
/// </summary>
internal sealed class RetryBackoff(TimeSpan baseDelay, TimeSpan maxDelay, double multiplier, RetryJitter jitter, Random random)
{
    private const double AdditiveShare = 0.5;
    private const double DecorrelatedGrowth = 3;

    private readonly double _base = baseDelay.Ticks;
    private readonly double _cap = maxDelay.Ticks - (maxDelay.Ticks % TimeSpan.TicksPerMillisecond);

    /// <summary>The delay before retry <paramref name="retry"/> (from 0) without jitter.</summary>
    public TimeSpan Nominal(int retry) => ToDelay(NominalTicks(retry));

    /// <summary>The delay before retry <paramref name="retry"/> (from 0).</summary>
    /// <param name="retry">Number of the retry.</param>
    /// <param name="previous">The delay before the previous retry; zero if there was none.</param>
    public TimeSpan Next(int retry, TimeSpan previous)
    {
        switch (jitter)
        {
            case RetryJitter.Additive:
                double nominal = NominalTicks(retry);
                return ToDelay(nominal + (nominal * AdditiveShare * NextRandom()));
            case RetryJitter.Decorrelated:
                double end = DecorrelatedGrowth * Math.Max(_base, previous.Ticks);
                return ToDelay(_base + ((end - _base) * NextRandom()));
            default:
                return Nominal(retry);
        }
    }

    private double NominalTicks(int retry) => Math.Min(_cap, _base * Math.Pow(multiplier, retry));

    // To ticks first, so that a product a hair above a whole millisecond does not gain one.
    private TimeSpan ToDelay(double ticks)
    {
        double milliseconds = Math.Ceiling(Math.Round(Math.Min(_cap, ticks)) / TimeSpan.TicksPerMillisecond);
        return new TimeSpan((long)milliseconds * TimeSpan.TicksPerMillisecond);
    }

    private double NextRandom()
    {
        if (ReferenceEquals(random, Random.Shared))
            return random.NextDouble();
        // A source with a seed is not thread-safe. Only failures come here.
        lock (random)
            return random.NextDouble();
    }
}
