using Engine.Bus;
using Engine.Bus.Retry;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>Delays before retries against the formula, for random policies.</summary>
public class RetryBackoffProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true);

    private static readonly Gen<Plan> Plans =
        from baseMilliseconds in Gen.Choose(1, 5_000)
        from capFactor in Gen.Choose(100, 100_000)
        from multiplier in Gen.Choose(100, 500)
        from retry in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(41, int.MaxValue - 1))
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select new Plan(
            TimeSpan.FromMilliseconds(baseMilliseconds),
            TimeSpan.FromMilliseconds(baseMilliseconds * (capFactor / 100.0)),
            multiplier / 100.0,
            retry,
            seed);

    [Test]
    public void Without_jitter_a_delay_is_the_base_times_a_power_of_the_multiplier_within_the_cap() =>
        Prop.ForAll(Plans.ToArbitrary(), static plan =>
        {
            TimeSpan delay = RetryBackoff.Next(Options(plan, RetryJitter.None), plan.Retry, plan.Base);
            double wholeCap = Math.Floor(plan.Cap.TotalMilliseconds);
            double formula = Formula(plan) / TimeSpan.TicksPerMillisecond;
            return delay.Ticks % TimeSpan.TicksPerMillisecond == 0
                && delay.TotalMilliseconds <= wholeCap
                && delay.TotalMilliseconds >= Math.Min(wholeCap, formula - 0.0001)
                && delay.TotalMilliseconds < formula + 1;
        }).Check(Thorough);

    [Test]
    public void Additive_jitter_adds_at_most_half_and_stays_within_the_cap() =>
        Prop.ForAll(Plans.ToArbitrary(), static plan =>
        {
            TimeSpan nominal = RetryBackoff.Nominal(Options(plan, RetryJitter.None), plan.Retry);
            TimeSpan delay = RetryBackoff.Next(Options(plan, RetryJitter.Additive), plan.Retry, plan.Base);
            return delay >= nominal && delay <= plan.Cap && delay <= (1.5 * nominal) + TimeSpan.FromMilliseconds(1);
        }).Check(Thorough);

    [Test]
    public void Decorrelated_jitter_lies_between_the_base_and_three_times_the_previous_delay_within_the_cap() =>
        Prop.ForAll(Plans.ToArbitrary(), static plan =>
        {
            RetryOptions options = Options(plan, RetryJitter.Decorrelated);
            TimeSpan previous = TimeSpan.Zero;
            for (int retry = 0; retry < 20; retry++)
            {
                TimeSpan delay = RetryBackoff.Next(options, retry, previous);
                TimeSpan end = 3 * (previous > plan.Base ? previous : plan.Base);
                if (delay < plan.Base || delay > end || delay > plan.Cap)
                    return false;
                previous = delay;
            }

            return true;
        }).Check(Thorough);

    [Test]
    public void The_same_seed_gives_the_same_delays([Values(RetryJitter.Additive, RetryJitter.Decorrelated)] RetryJitter jitter) =>
        Prop.ForAll(Plans.ToArbitrary(), plan =>
            Delays(plan, jitter).SequenceEqual(Delays(plan, jitter))).Check(Thorough);

    [TestCase(RetryJitter.Additive)]
    [TestCase(RetryJitter.Decorrelated)]
    public void Jitter_spreads_delays_over_the_range(RetryJitter jitter)
    {
        var plan = new Plan(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), 2, 0, 1);
        RetryOptions options = Options(plan, jitter);
        double width = jitter == RetryJitter.Additive ? 0.5 : 2;
        int[] quarters = new int[4];
        for (int i = 0; i < 1_000; i++)
            quarters[Math.Min(3, (int)((RetryBackoff.Next(options, 0, TimeSpan.Zero).TotalSeconds - 1) / width * 4))]++;
        Assert.That(quarters, Has.All.InRange(200, 300));
    }

    private static TimeSpan[] Delays(Plan plan, RetryJitter jitter)
    {
        RetryOptions options = Options(plan, jitter);
        return [.. Enumerable.Range(0, 10).Select(retry => RetryBackoff.Next(options, retry, plan.Base))];
    }

    private static double Formula(Plan plan)
    {
        // By repeated multiplication, which stops where the cap is reached: no power, no overflow.
        double delay = plan.Base.Ticks;
        for (int i = 0; i < plan.Retry && delay < plan.Cap.Ticks && plan.Multiplier > 1; i++)
            delay *= plan.Multiplier;
        return Math.Min(delay, plan.Cap.Ticks);
    }

    private static RetryOptions Options(Plan plan, RetryJitter jitter) => new()
    {
        BaseDelay = plan.Base,
        MaxDelay = plan.Cap,
        Multiplier = plan.Multiplier,
        Jitter = jitter,
        Random = new Random(plan.Seed),
    };

    private sealed record Plan(TimeSpan Base, TimeSpan Cap, double Multiplier, int Retry, int Seed);
}
