using Engine.Primitives;
using Engine.Storage.Journals;

namespace Engine.Tests.Storage.Journals;

internal sealed class DeadlinesTests
{
    [Test]
    public void What_is_left_is_never_a_fraction_that_the_systems_waits_would_cut_to_nothing()
    {
        Assert.That(Deadlines.LeftUntil(MonotonicClock.Now - 1), Is.EqualTo(TimeSpan.Zero));
        for (int microseconds = 1; microseconds < 20_000; microseconds += 37)
        {
            TimeSpan left = Deadlines.LeftUntil(Deadlines.After(TimeSpan.FromMicroseconds(microseconds)));
            Assert.That(left.Ticks % TimeSpan.TicksPerMillisecond, Is.Zero, $"{microseconds} us ahead: {left}");
        }

        Assert.That(Deadlines.LeftUntil(Deadlines.After(TimeSpan.FromHours(1))), Is.GreaterThan(TimeSpan.FromMinutes(59)));
    }
}
