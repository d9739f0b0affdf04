using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>How a bus is judged, at whatever moment somebody looks.</summary>
internal sealed class HealthTests
{
    private ManualTime _time = new();
    private ScriptedBus _bus = new(new ManualTime());

    [SetUp]
    public void Make()
    {
        _time = new ManualTime();
        _bus = new ScriptedBus(_time);
    }

    [Test]
    public void Health_is_judged_over_an_interval_however_often_somebody_looks()
    {
        using PerformanceMonitor monitor = Monitor();
        _bus.Set(1, static s => s);
        Assert.That(monitor.Examine().Level, Is.EqualTo(HealthLevel.Normal));
        // One failing call a second, and a look at each: fewer than are judged between two looks, enough within the interval.
        for (int second = 1; second <= 10; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _bus.Set(1, s => s with { Delivered = second, Failed = second });
            HealthLevel expected = second < 10 ? HealthLevel.Normal : HealthLevel.Unhealthy;
            Assert.That(monitor.Examine().Level, Is.EqualTo(expected), $"{second}");
        }

        for (int second = 11; second <= 25; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            monitor.Examine();
        }

        Assert.That(monitor.Examine().Level, Is.EqualTo(HealthLevel.Normal), "What is older than that is forgotten.");
        Assert.That(monitor.History, Is.Empty, "Looks are no measurements.");
    }

    [Test]
    public void A_handler_that_hangs_is_stuck_though_its_queue_is_empty([Values] bool isMessages)
    {
        using PerformanceMonitor monitor = Monitor();
        if (isMessages)
            _bus.Set(Held());
        else
            _bus.Set(1, static s => s with { InFlight = 1 });
        monitor.Examine();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(monitor.Examine().Level, Is.EqualTo(HealthLevel.Normal));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.That(monitor.Examine().Troubles.Select(static t => t.Kind), Is.EqualTo(new[] { AlertKind.Stuck }));
        if (isMessages)
            _bus.Set(Held() with { Acked = 1, Delivered = 2 });
        else
            _bus.Set(1, static s => s with { InFlight = 1, Delivered = 1 });
        Assert.That(monitor.Examine().Level, Is.EqualTo(HealthLevel.Normal), "It goes on.");

        static MessageSubscriptionStatistics Held() => new() { Name = "held", Id = 9, Capacity = 100, InFlight = 1, Delivered = 1 };
    }

    [Test]
    public void A_queue_that_turned_events_away_is_full_though_it_is_empty_when_looked_at([Values] bool isDropping)
    {
        using PerformanceMonitor monitor = Monitor();
        _bus.Set(1, static s => s);
        monitor.Sample();
        _bus.Set(1, s => isDropping ? s with { Dropped = 1 } : s with { Rejected = 1 });
        _time.Advance(TimeSpan.FromSeconds(10));
        monitor.Sample();
        Assert.That(monitor.Troubles.Select(static t => (t.Kind, t.Value)), Is.EqualTo(new[] { (AlertKind.QueueExhaustion, 1.0) }));
        _time.Advance(TimeSpan.FromSeconds(10));
        monitor.Sample();
        Assert.That(monitor.Troubles, Is.Empty);
    }

    [Test]
    public void Messages_that_are_refused_are_seen_by_health_and_report()
    {
        var bus = new EventBus("real");
        using var monitor = new PerformanceMonitor(bus);
        bus.SubscribeMessages<OrderCreated>(new() { Name = "bills", Capacity = 1, OverflowPolicy = OverflowPolicy.Fail });
        bus.Start();
        bus.Publish(new OrderCreated(1));
        Assert.That(bus.Publish(new OrderCreated(2)), Is.EqualTo(PublishOutcome.Rejected));
        Assert.That(
            monitor.Examine().Troubles.Select(static t => (t.Kind, t.Level)),
            Is.EqualTo(new[] { (AlertKind.QueueExhaustion, HealthLevel.Unhealthy) }));
        Assert.That(monitor.GetReport().ToString(), Does.Contain("bills"));
    }

    [Test]
    public void Processors_in_use_are_degraded_and_never_more_unless_asked_for()
    {
        _bus.Resources = _bus.Resources with { ProcessorCount = 4 };
        using PerformanceMonitor monitor = Monitor();
        monitor.Sample();
        Use(10 * 4 * 0.94);
        Assert.That(monitor.Troubles, Is.Empty);
        Use(10 * 4);
        Assert.That(monitor.Troubles.Select(static t => (t.Kind, t.Level, t.Culprit)), Is.EqualTo(new[]
        {
            (AlertKind.ProcessorExhaustion, HealthLevel.Degraded, "process"),
        }));
        monitor.Update(new MetricsOptions { ProcessorLoad = { Clear = 0.5, Degraded = 0.6, Unhealthy = 0.99 } });
        Use(10 * 4);
        Assert.That(monitor.Health, Is.EqualTo(HealthLevel.Unhealthy));

        void Use(double processorSeconds)
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            _bus.Resources = _bus.Resources with { ProcessorTime = _bus.Resources.ProcessorTime + TimeSpan.FromSeconds(processorSeconds) };
            monitor.Sample();
        }
    }

    [Test]
    public void An_alert_callback_that_hangs_does_not_hold_up_a_look_at_the_health()
    {
        using var isHanging = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        using var monitor = new PerformanceMonitor(
            _bus.Read,
            new MetricsOptions { AlertDelay = TimeSpan.Zero },
            _ =>
            {
                isHanging.Set();
                mayGoOn.Wait();
            },
            errors: null,
            _time);
        _bus.State = LifecycleState.Stopped;
        Task sample = Task.Run(monitor.Sample);
        Eventually.IsOpen(isHanging);
        Assert.That(monitor.Examine().Level, Is.EqualTo(HealthLevel.Unhealthy));
        mayGoOn.Set();
        Assert.That(sample.Wait(Eventually.HangGuard), Is.True);
    }

    private PerformanceMonitor Monitor(MetricsOptions? options = null) => new(_bus.Read, options, onAlert: null, errors: null, _time);
}
