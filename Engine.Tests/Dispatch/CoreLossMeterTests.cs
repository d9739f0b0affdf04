using Engine.Dispatch;
using Engine.Primitives;

namespace Engine.Tests.Dispatch;

/// <summary>A thread that polls sees by its own clock that the core was taken away.</summary>
public class CoreLossMeterTests
{
    private static readonly long Lost = MonotonicClock.FromMicroseconds(3000);
    private static readonly long Usual = MonotonicClock.FromMicroseconds(1);

    [Test]
    public void A_gap_that_may_be_a_collection_is_left_out_and_the_next_one_counts()
    {
        var meter = new CoreLossMeter();
        meter.Record(Lost, int.MaxValue);
        Assert.That(meter.Count, Is.Zero);
        meter.Record(Lost, int.MaxValue);
        Assert.That((meter.Count, meter.Ticks), Is.EqualTo((1, Lost)));
    }

    [Test]
    public void What_the_thread_does_meanwhile_and_short_gaps_are_no_loss()
    {
        var meter = new CoreLossMeter();
        long now = 1000;
        meter.Look(now);
        for (int i = 0; i < 100; i++)
            meter.Look(now += Usual);
        meter.Break();
        meter.Look(now += Lost);
        meter.Look(now + Usual);
        Assert.That((meter.Count, meter.Ticks), Is.EqualTo((0, 0)));
    }
}
