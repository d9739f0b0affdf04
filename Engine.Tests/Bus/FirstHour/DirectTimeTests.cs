using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>How long handlers in sync mode take is measured while metrics are on, by a sample of their calls.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DirectTimeTests
{
    private static readonly TimeSpan Taken = TimeSpan.FromMilliseconds(3);

    private readonly ManualTime _time = new();

    [TestCase(1, 1, TestName = "By the shortest way")]
    [TestCase(3, 1, TestName = "Through the table")]
    public void The_first_calls_are_all_timed(int handlers, int publishes)
    {
        EventBus bus = Make(isEnabled: true);
        for (int i = 0; i < handlers; i++)
            bus.Subscribe<Tick>(_ => _time.Advance(Taken));
        for (int i = 0; i < publishes; i++)
            bus.Publish(new Tick(i));
        foreach (BusSubscriptionStatistics subscription in bus.GetStatistics().Subscriptions)
        {
            Assert.That(subscription.HandlerTime!.Count, Is.EqualTo(publishes));
            Assert.That(subscription.HandlerTime.Max, Is.EqualTo(Taken));
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Of_later_ones_one_of_256(int handlers)
    {
        EventBus bus = Make(isEnabled: true);
        for (int i = 0; i < handlers; i++)
            bus.Subscribe<Tick>(_ => _time.Advance(Taken));
        for (int i = 0; i < 16 + 256 * 10; i++)
            bus.Publish(new Tick(i));
        Assert.That(
            bus.GetStatistics().Subscriptions.Select(static s => s.DirectTime!.Count), Has.All.InRange(16 + 9, 16 + 11));
    }

    [Test]
    public void What_throws_is_timed_too_and_counts_once()
    {
        EventBus bus = Make(isEnabled: true);
        BusSubscription one = bus.Subscribe<Tick>((t, c) => Fail());
        bus.Publish(new Tick(1));
        BusSubscription two = bus.Subscribe<Tick>((t, c) => Fail());
        bus.Publish(new Tick(2));
        Assert.That((one.DeliveredCount, one.ErrorCount, two.ErrorCount), Is.EqualTo((2L, 2L, 1L)));
        Assert.That(bus.GetStatistics().Subscriptions.Select(static s => s.DirectTime!.Count), Is.EqualTo(new[] { 2L, 1L }));

        void Fail()
        {
            _time.Advance(Taken);
            throw new FormatException();
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    public void Nothing_while_metrics_are_off(int handlers)
    {
        EventBus bus = Make(isEnabled: false);
        for (int i = 0; i < handlers; i++)
            bus.Subscribe<Tick>(_ => { });
        for (int i = 0; i < 1000; i++)
            bus.Publish(new Tick(i));
        Assert.That(bus.GetStatistics().Subscriptions.Select(static s => s.HandlerTime), Has.All.Null);
    }

    [Test]
    public void A_queue_has_its_own_times()
    {
        EventBus bus = Make(isEnabled: true);
        bus.Subscribe<Tick>(_ => Task.CompletedTask);
        BusSubscriptionStatistics subscription = bus.GetStatistics().Subscriptions.Single();
        Assert.That(subscription.HandlerTime, Is.SameAs(subscription.Queue!.HandlerTime));
        Assert.That(subscription.DirectTime, Is.Null);
    }

    [Test]
    public void Reports_have_the_times()
    {
        EventBus bus = Make(isEnabled: true);
        bus.Subscribe<Tick>(_ => _time.Advance(Taken));
        using var monitor = new PerformanceMonitor(bus, new MetricsOptions(), timeProvider: _time);
        monitor.Sample();
        bus.Publish(new Tick(1));
        monitor.Sample();
        LatencyMetrics latency = monitor.GetReport().Latency.Single();
        Assert.That(latency.HandlerP99, Is.EqualTo(Taken.TotalMilliseconds).Within(1).Percent);
    }

    [Test]
    public void Timing_allocates_once()
    {
        EventBus bus = Make(isEnabled: true);
        bus.Subscribe<Tick>(_ => { });
        Assert.That(Allocations.Of(() => bus.Publish(new Tick(1))), Is.Zero);
    }

    private EventBus Make(bool isEnabled) =>
        new("timed", new EventBusOptions { TimeProvider = _time, Metrics = new MetricsOptions { IsEnabled = isEnabled } });
}
