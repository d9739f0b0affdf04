using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>A tuning strategy of the host's own sees what was measured, and what it recommends is done and shown.</summary>
internal sealed class TuningStrategyTests
{
    [Test]
    public async Task A_strategy_sees_the_measurements_and_its_recommendation_is_followed_and_shown()
    {
        var strategy = new Recommending(static _ => new TuningRecommendation(0.5, -0.5, "more at once"));
        QueueStatistics queue = await RunAsync(strategy);
        TuningMetrics seen = strategy.Seen[0];
        Assert.That((seen.Subscription, seen.Batches, seen.BatchSize, seen.Queued), Is.EqualTo(("tuned", 1L, 10, 0)));
        Assert.That((seen.EventsPerSecond, seen.BatchMaxWait), Is.EqualTo((100.0, TimeSpan.FromMilliseconds(8))));
        Assert.That((queue.BatchSize, queue.BatchMaxWait), Is.EqualTo((15, TimeSpan.FromMilliseconds(4))));
        Assert.That(queue.Recommendation, Is.EqualTo(new TuningRecommendation(0.5, -0.5, "more at once")));
        Assert.That(queue.ToString(), Does.EndWith("; tuning +0.5 size, -0.5 wait: more at once"));
    }

    [TestCase(1e9, 1000)]
    [TestCase(-1e9, 2)]
    public async Task What_it_recommends_is_kept_within_the_limits(double adjustment, int expected) => Assert.That(
        (await RunAsync(new Recommending(_ => new TuningRecommendation(adjustment, adjustment)))).BatchSize, Is.EqualTo(expected));

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_strategy_that_throws_or_gives_no_number_changes_nothing_and_is_shown(bool isThrowing)
    {
        QueueStatistics queue = await RunAsync(new Recommending(
            _ => isThrowing ? throw new InvalidOperationException("no idea") : new TuningRecommendation(double.NaN)));
        Assert.That((queue.BatchSize, queue.BatchMaxWait), Is.EqualTo((10, TimeSpan.FromMilliseconds(8))));
        Assert.That(queue.Recommendation?.Reason, Does.Contain(isThrowing ? "no idea" : "no number"));
    }

    [Test]
    public async Task A_strategy_that_hangs_does_not_hold_up_a_stop()
    {
        using var isHanging = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var strategy = new Recommending(_ =>
        {
            isHanging.Set();
            mayGoOn.Wait();
            return default;
        });
        await using var bus = new EventBus("b", OptionsWith(strategy, TimeProvider.System));
        bus.SubscribeBatch<OrderCreated>(static (_, _) => ValueTask.CompletedTask);
        bus.Start();
        Eventually.IsTrue(() => bus.Publish(new OrderCreated(1)) == Engine.Publish.PublishOutcome.Published && isHanging.IsSet);
        Assert.That(Eventually.Result(bus.StopAsync()).IsDrained, Is.True);
        mayGoOn.Set();
    }

    private static async Task<QueueStatistics> RunAsync(ITuningStrategy strategy)
    {
        var time = new ManualTime();
        await using var bus = new EventBus("b", OptionsWith(strategy, time));
        bus.SubscribeBatch<OrderCreated>(static (_, _) => ValueTask.CompletedTask, new() { Name = "tuned" });
        bus.Start();
        for (int i = 0; i < 10; i++)
            bus.Publish(new OrderCreated(i));
        Eventually.IsTrue(() => bus.GetStatistics().Subscriptions[0].Queue is { Succeeded: 10, InFlight: 0 });
        time.Advance(TimeSpan.FromMilliseconds(100));
        return bus.GetStatistics().Subscriptions[0].Queue!;
    }

    private static EventBusOptions OptionsWith(ITuningStrategy strategy, TimeProvider timeProvider) => new()
    {
        TimeProvider = timeProvider,
        Batch =
        {
            Size = 10, MinSize = 2, MaxSize = 1000, MaxWait = TimeSpan.FromMilliseconds(8), IsAdaptive = true, Strategy = strategy,
        },
    };

    private sealed class Recommending(Func<TuningMetrics, TuningRecommendation> recommend) : ITuningStrategy
    {
        public List<TuningMetrics> Seen { get; } = [];

        public TuningRecommendation Tune(in TuningMetrics metrics)
        {
            Seen.Add(metrics);
            return recommend(metrics);
        }
    }
}
