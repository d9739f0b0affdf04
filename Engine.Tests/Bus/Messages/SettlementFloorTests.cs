using Engine.Bus.Messages;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Messages;

/// <summary>A message that comes back without delay does so at once the first time, and then after a pause that grows.</summary>
public class SettlementFloorTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [TestCase("release")]
    [TestCase("short release")]
    [TestCase("nack")]
    [TestCase("short nack")]
    [TestCase("expire")]
    public void Giving_it_back_again_and_again_is_no_busy_loop(string way)
    {
        var bench = new MessageBench(new() { Retry = new() { MaxAttempts = Engine.Bus.RetryOptions.Unlimited } });
        bench.Publish(1);
        int deliveries = 0;
        // A consumer that gives back whatever it gets, as fast as it can.
        for (var end = bench.Time.GetUtcNow() + Minute; bench.Time.GetUtcNow() < end; bench.Time.Advance(TimeSpan.FromMilliseconds(1)))
        {
            while (bench.Subscription.TryTake(out EventMessage message))
            {
                deliveries++;
                Assert.That(deliveries, Is.LessThan(100), way);
                GiveBack(message, way);
                if (way == "expire")
                    bench.Time.Advance(TimeSpan.FromTicks(1));
            }
        }

        // 2 at once, 7 within the first second, and then one each second.
        Assert.That(deliveries, Is.InRange(60, 70));
        Assert.That(bench.Statistics.IsBalanced, Is.True);
    }

    [Test]
    public void One_that_was_held_for_longer_than_the_floor_comes_back_at_once()
    {
        var bench = new MessageBench();
        bench.Publish(1);
        for (int i = 0; i < 100; i++)
        {
            EventMessage message = bench.Take();
            bench.Time.Advance(TimeSpan.FromMilliseconds(10));
            message.Release();
        }
    }

    [Test]
    public void A_delay_of_the_consumers_own_is_kept_to()
    {
        var bench = new MessageBench();
        bench.Publish(1);
        for (int i = 0; i < 100; i++)
        {
            bench.Take().Release(TimeSpan.FromMilliseconds(1));
            Assert.That(bench.IsEmpty, Is.True);
            bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Test]
    public async Task Handlers_that_end_a_run_give_back_what_the_next_consumer_gets_at_once()
    {
        var bench = new MessageBench();
        bench.Publish(1);
        using var source = new CancellationTokenSource();
        var entered = new ManualResetEventSlim();
        Task run = bench.Subscription.RunAsync(
            async (_, token) =>
            {
                entered.Set();
                await Task.Delay(Timeout.Infinite, token);
            },
            cancellationToken: source.Token);
        Eventually.IsOpen(entered);
        await source.CancelAsync();
        await run.WaitAsync(Eventually.HangGuard);
        Assert.That(bench.Take().Attempt, Is.EqualTo(1));
    }

    private static void GiveBack(EventMessage message, string way)
    {
        _ = way switch
        {
            "release" => message.Release(),
            "short release" => message.Release(TimeSpan.FromTicks(1)),
            "nack" => message.Nack(TimeSpan.Zero),
            "short nack" => message.Nack(TimeSpan.FromTicks(1)),
            _ => message.Extend(TimeSpan.FromTicks(1)),
        };
    }
}
