using Engine.Bus;
using Engine.Bus.Monitoring;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>Levels and alerts never flap, and follow the values within the delay.</summary>
public class ThresholdProperties
{
    private static readonly Thresholds<double> Limits = new() { Clear = 40, Degraded = 60, Unhealthy = 80 };

    private static readonly Gen<int> Any = Gen.Choose(0, 100);

    [Test]
    public void A_value_in_a_dead_band_never_changes_the_level([Values(0, 5)] int delaySeconds) =>
        Prop.ForAll(Any.ListOf().ToArbitrary(), Gen.Choose(40, 59).ListOf().ToArbitrary(), Gen.Choose(60, 79).ListOf().ToArbitrary(),
            (start, low, high) =>
        {
            (AlertTracker first, AlertTracker second) = (new AlertTracker(), new AlertTracker());
            int now = 0;
            foreach (int value in start)
            {
                Add(first, value, ref now, delaySeconds);
                second.Add(value, Limits, TimeSpan.FromSeconds(now), TimeSpan.FromSeconds(delaySeconds));
            }

            // Degraded turns to normal below the lower band only, and unhealthy to degraded below the upper one.
            HealthLevel before = first.Reported;
            foreach (int value in low)
                Add(first, value, ref now, delaySeconds);
            HealthLevel least = before == HealthLevel.Normal ? HealthLevel.Normal : HealthLevel.Degraded;
            bool isLowRight = first.Reported == before || first.Reported == least;
            HealthLevel beforeHigh = second.Reported;
            foreach (int value in high)
                Add(second, value, ref now, delaySeconds);
            HealthLevel most = beforeHigh == HealthLevel.Unhealthy ? HealthLevel.Unhealthy : HealthLevel.Degraded;
            return isLowRight && (second.Reported == beforeHigh || second.Reported == most);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Test]
    public void A_signal_that_wavers_within_one_dead_band_toggles_at_most_once([Values(0, 3)] int delaySeconds) =>
        Prop.ForAll(Any.ListOf().ToArbitrary(), Gen.Choose(40, 59).ListOf().ToArbitrary(), (start, wavering) =>
        {
            var tracker = new AlertTracker();
            int now = 0;
            foreach (int value in start)
                Add(tracker, value, ref now, delaySeconds);
            return wavering.Count(value => Add(tracker, value, ref now, delaySeconds)) <= 1;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Test]
    public void A_reported_change_lasted_for_the_delay_and_one_that_lasts_is_reported([Values(0, 1, 4)] int delaySeconds) =>
        Prop.ForAll(Any.ListOf().ToArbitrary(), values =>
        {
            var tracker = new AlertTracker();
            for (int now = 0; now < values.Count; now++)
            {
                HealthLevel before = tracker.Reported;
                bool isChanged = tracker.Add(values[now], Limits, TimeSpan.FromSeconds(now), TimeSpan.FromSeconds(delaySeconds));
                // The values of the delay, the last one included: all must have meant the same direction.
                int[] lasting = [.. values.Take(now + 1).TakeLast(delaySeconds + 1)];
                bool isLongEnough = lasting.Length == delaySeconds + 1;
                bool isUp = isLongEnough && lasting.All(value => Limits.After(before, value) > before);
                bool isDown = isLongEnough && lasting.All(value => Limits.After(before, value) < before);
                if (isChanged != (tracker.Reported != before) || (isChanged && !isUp && !isDown))
                    return false;
                if (isChanged && isUp && tracker.Reported > lasting.Max(value => Limits.After(before, value)))
                    return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Test]
    public void A_value_that_stays_is_what_is_reported_in_the_end([Values(0, 4)] int delaySeconds) =>
        Prop.ForAll(Any.ListOf().ToArbitrary(), Any.ToArbitrary(), (start, end) =>
        {
            var tracker = new AlertTracker();
            int now = 0;
            foreach (int value in start)
                Add(tracker, value, ref now, delaySeconds);
            for (int i = 0; i < 3 * (delaySeconds + 2); i++)
                Add(tracker, end, ref now, delaySeconds);
            return tracker.Reported == Limits.After(tracker.Reported, end);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    private static bool Add(AlertTracker tracker, int value, ref int now, int delaySeconds) =>
        tracker.Add(value, Limits, TimeSpan.FromSeconds(now++), TimeSpan.FromSeconds(delaySeconds));
}
