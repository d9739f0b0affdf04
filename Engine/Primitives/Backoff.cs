namespace Engine.Primitives;

/// <summary>
/// Delays before tries that follow a failure: min(cap, first * multiplier^n), with or without jitter. The one place where they are
/// computed, in doubles, which turn infinite where integers would overflow. Delays are whole milliseconds, rounded up within the cap,
/// because timers drop the rest: so what is reported is what is waited. Immutable and thread-safe.
/// </summary>
/// <param name="first">The nominal delay before the first retry: above 0.</param>
/// <param name="cap">The longest delay, with jitter too: at least 1 ms.</param>
/// <param name="multiplier">By what each delay is multiplied to get the next one: at least 1.</param>
internal readonly struct Backoff(TimeSpan first, TimeSpan cap, double multiplier = 2)
{
    private const double AdditiveShare = 0.5;
    private const double DecorrelatedGrowth = 3;

    private readonly double _first = first.Ticks;
    private readonly double _cap = cap.Ticks - (cap.Ticks % TimeSpan.TicksPerMillisecond);

    /// <summary>The delay before a retry, without jitter.</summary>
    /// <param name="retry">Number of the retry, from 0.</param>
    public TimeSpan Nominal(long retry) => ToDelay(NominalTicks(retry));

    /// <summary>The nominal delay and up to half of it, within the cap.</summary>
    /// <param name="retry">Number of the retry, from 0.</param>
    /// <param name="random">Where jitter comes from.</param>
    public TimeSpan Additive(long retry, Random random)
    {
        double nominal = NominalTicks(retry);
        return ToDelay(nominal + (nominal * AdditiveShare * Next(random)));
    }

    /// <summary>
    /// Anything from the first delay to three times the previous one, within the cap: what failed together is soon far apart.
    /// </summary>
    /// <param name="previous">The delay before the previous retry; zero if there was none.</param>
    /// <param name="random">Where jitter comes from.</param>
    public TimeSpan Decorrelated(TimeSpan previous, Random random)
    {
        double end = DecorrelatedGrowth * Math.Max(_first, previous.Ticks);
        return ToDelay(_first + ((end - _first) * Next(random)));
    }

    private double NominalTicks(long retry) => Math.Min(_cap, _first * Math.Pow(multiplier, retry));

    // To ticks first, so that a product a hair above a whole millisecond does not gain one.
    private TimeSpan ToDelay(double ticks)
    {
        double milliseconds = Math.Ceiling(Math.Round(Math.Min(_cap, ticks)) / TimeSpan.TicksPerMillisecond);
        return new TimeSpan((long)milliseconds * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>
    /// A number from 0 to 1. The source may be foreign code, and this may be a timer's thread: if it throws, there is no jitter.
    /// </summary>
    private static double Next(Random random)
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
