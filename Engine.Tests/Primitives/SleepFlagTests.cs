using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Primitives;

internal sealed class SleepFlagTests
{
    private readonly SleepFlag _flag = new();

    [Test]
    public void A_flag_that_is_set_ends_the_next_sleep_at_once_and_only_that()
    {
        _flag.Set();
        _flag.Set();
        _flag.Wait(Timeout.InfiniteTimeSpan);
        RunningThreads sleeper = Threads.Start(() => _flag.Wait(Timeout.InfiniteTimeSpan));
        _flag.Set();
        Assert.That(sleeper.Join, Throws.Nothing);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(20_000_000)]
    public void A_sleep_ends_when_its_time_is_over(int ticks) =>
        Assert.That(Threads.Start(() => _flag.Wait(TimeSpan.FromTicks(ticks))).Join, Throws.Nothing);

    [Test]
    public void The_longest_time_is_a_time()
    {
        RunningThreads sleeper = Threads.Start(() => _flag.Wait(TimeSpan.FromMilliseconds(int.MaxValue)));
        _flag.Set();
        Assert.That(sleeper.Join, Throws.Nothing);
    }

    [Test]
    public void No_set_is_missed_while_collections_move_what_can_be_moved()
    {
        const int Rounds = 20_000;
        var answer = new SleepFlag();
        Threads.Run(
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    _flag.Set();
                    answer.Wait(Timeout.InfiniteTimeSpan);
                    if (i % 1_000 == 0)
                        GC.Collect();
                }
            },
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    _flag.Wait(Timeout.InfiniteTimeSpan);
                    answer.Set();
                }
            });
    }
}
