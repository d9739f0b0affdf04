using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>When alerts are raised and cleared, and what they say.</summary>
internal sealed class AlertTests
{
    private readonly List<BusAlert> _alerts = [];
    private ManualTime _time = new();
    private ScriptedBus _bus = new(new ManualTime());
    private PerformanceMonitor _monitor = null!;

    [SetUp]
    public void Make()
    {
        _alerts.Clear();
        _time = new ManualTime();
        _bus = new ScriptedBus(_time);
        var options = new MetricsOptions
        {
            Interval = TimeSpan.FromSeconds(10),
            AlertDelay = TimeSpan.FromSeconds(20),
            StallTimeout = TimeSpan.FromSeconds(25),
        };
        _monitor = new PerformanceMonitor(_bus.Read, options, _alerts.Add, errors: null, _time);
        _bus.Set(1, static s => s);
        _monitor.Start();
        _time.Advance(TimeSpan.Zero);
    }

    [TearDown]
    public void End() => _monitor.Dispose();

    [Test]
    public void A_full_queue_is_raised_after_the_delay_and_cleared_after_it_has_been_empty_as_long()
    {
        _bus.Set(1, static s => s with { QueueLength = 85, Delivered = 1 });
        Step();
        Progress();
        Assert.That(_alerts, Is.Empty);
        Progress();
        Assert.That(_alerts, Is.EqualTo(new[]
        {
            new BusAlert(_time.GetUtcNow(), "orders", AlertKind.QueueExhaustion, "subscription \"s1\" (#1)", HealthLevel.Degraded,
                HealthLevel.Normal, 0.85, 0.8),
        }));
        _bus.Set(1, static s => s with { QueueLength = 60 });
        for (int i = 0; i < 5; i++)
            Progress();
        Assert.That(_alerts, Has.Count.EqualTo(1), "Between the limits nothing changes.");
        _bus.Set(1, static s => s with { QueueLength = 40 });
        for (int i = 0; i < 3; i++)
            Progress();
        Assert.That(_alerts[^1], Is.EqualTo(
            new BusAlert(_time.GetUtcNow(), "orders", AlertKind.QueueExhaustion, "subscription \"s1\" (#1)", HealthLevel.Normal,
                HealthLevel.Degraded, 0.4, 0.5)));
        Assert.That(
            _alerts.Select(static a => a.ToString()),
            Is.EqualTo(new[]
            {
                "raised: QueueExhaustion of subscription \"s1\" (#1) on bus \"orders\" is Degraded (85 %, limit 80 %)",
                "cleared: QueueExhaustion of subscription \"s1\" (#1) on bus \"orders\" is Normal (40 %, limit 50 %)",
            }));
    }

    [Test]
    public void A_peak_is_no_alert()
    {
        for (int i = 0; i < 10; i++)
        {
            int length = i % 2 == 0 ? 100 : 0;
            _bus.Set(1, s => s with { QueueLength = length, Delivered = s.Delivered + 1 });
            Step();
        }

        Assert.That(_alerts, Is.Empty);
    }

    [Test]
    public void Slow_and_failing_handlers_are_told_with_their_names()
    {
        DurationDistribution slow = ScriptedBus.Durations((100, 6000));
        for (int i = 1; i <= 4; i++)
        {
            int calls = 100 * i;
            _bus.Set(1, s => s with { Delivered = calls, HandlerTime = ScriptedBus.Durations((calls, 6000)) });
            _bus.Set(2, s => s with { Name = "stock", Delivered = calls, Failed = calls / 10 });
            Step();
        }

        Assert.That(
            _alerts.Select(static a => (a.Kind, a.Culprit, a.Level)),
            Is.EquivalentTo(new[]
            {
                (AlertKind.Performance, "subscription \"s1\" (#1)", HealthLevel.Unhealthy),
                (AlertKind.ErrorRate, "subscription \"stock\" (#2)", HealthLevel.Degraded),
            }));
        Assert.That(_alerts.Single(static a => a.Kind == AlertKind.Performance).Value, Is.EqualTo(slow.Percentile(0.99).TotalSeconds));
        Assert.That(_alerts.Single(static a => a.Kind == AlertKind.ErrorRate).Value, Is.EqualTo(0.1));
    }

    [Test]
    public void What_happened_long_ago_does_not_keep_an_alert_alive()
    {
        for (int i = 1; i <= 4; i++)
        {
            int calls = 100 * i;
            _bus.Set(1, s => s with { Delivered = calls, Failed = calls, HandlerTime = ScriptedBus.Durations((calls, 6000)) });
            Step();
        }

        Assert.That(_alerts, Has.Count.EqualTo(2));
        for (int i = 1; i <= 4; i++)
        {
            int calls = 100 * i;
            _bus.Set(1, s => s with { Delivered = 400 + calls, HandlerTime = ScriptedBus.Durations((400, 6000), (calls, 1)) });
            Step();
        }

        Assert.That(_alerts.Where(static a => a.IsCleared).Select(static a => a.Kind), Is.EquivalentTo(
            new[] { AlertKind.Performance, AlertKind.ErrorRate }));
    }

    [Test]
    public void Few_calls_are_not_judged()
    {
        for (int i = 1; i <= 6; i++)
        {
            int calls = 9 * i;
            _bus.Set(1, s => s with { Delivered = calls, Failed = calls, HandlerTime = ScriptedBus.Durations((calls, 6000)) });
            Step();
        }

        Assert.That(_alerts, Is.Empty);
    }

    [Test]
    public void A_queue_that_stands_still_is_stuck_until_it_moves()
    {
        _bus.Set(1, static s => s with { QueueLength = 3, InFlight = 1, Delivered = 10 });
        for (int i = 0; i < 6; i++)
            Step();
        BusAlert stuck = _alerts.Single();
        Assert.That(
            (stuck.Kind, stuck.Level, stuck.Culprit), Is.EqualTo((AlertKind.Stuck, HealthLevel.Unhealthy, "subscription \"s1\" (#1)")));
        Assert.That(_monitor.Troubles.Single().Value, Is.EqualTo(50));
        for (int i = 0; i < 3; i++)
            Progress();
        Assert.That(_alerts[^1].IsCleared, Is.True);
    }

    [Test]
    public void An_idle_subscription_and_one_that_moves_are_not_stuck()
    {
        _bus.Set(2, static s => s with { QueueLength = 5 });
        for (int i = 0; i < 10; i++)
        {
            _bus.Set(2, static s => s with { Delivered = s.Delivered + 1 });
            Step();
        }

        Assert.That(_alerts, Is.Empty);
    }

    [Test]
    public void A_bus_that_stops_and_memory_that_runs_out_are_told()
    {
        _bus.State = LifecycleState.Stopped;
        _bus.Resources = new ResourceSnapshot { AvailableBytes = 1000, WorkingSetBytes = 990 };
        for (int i = 0; i < 3; i++)
            Step();
        Assert.That(
            _alerts.Select(static a => (a.Kind, a.Culprit, a.Level, a.Value)),
            Is.EquivalentTo(new[]
            {
                (AlertKind.BusUnavailable, "bus \"orders\"", HealthLevel.Unhealthy, 1),
                (AlertKind.MemoryExhaustion, "process", HealthLevel.Unhealthy, 0.99),
            }));
    }

    [Test]
    public void The_alert_of_a_subscription_that_ended_is_cleared()
    {
        _bus.Set(1, static s => s with { QueueLength = 99 });
        for (int i = 0; i < 3; i++)
            Progress();
        Assert.That(_alerts, Has.Count.EqualTo(1));
        _bus.Subscriptions.Clear();
        Step();
        Assert.That(_alerts[^1].IsCleared, Is.True);
        Assert.That(_alerts[^1].ToString(), Does.Contain("gone"));
        Assert.That(_monitor.Troubles, Is.Empty);
    }

    [Test]
    public void Messages_that_are_refused_fail_or_lie_still_are_told()
    {
        MessageSubscriptionStatistics Failing(int step) =>
            new()
            {
                Name = "bills",
                Id = 7,
                Capacity = 100,
                Delivered = 100 * step,
                Nacked = 60 * step,
                Expired = 30 * step,
                Acked = 10 * step,
            };
        for (int step = 1; step <= 6; step++)
        {
            _bus.Set(Failing(step));
            _bus.Set(new MessageSubscriptionStatistics
            {
                Name = "full",
                Id = 8,
                Capacity = 100,
                Waiting = 40,
                Delivered = step,
                Rejected = step,
            });
            _bus.Set(new MessageSubscriptionStatistics { Name = "still", Id = 9, Capacity = 100, Waiting = 3 });
            _bus.Set(new MessageSubscriptionStatistics
            {
                Name = "slow",
                Id = 10,
                Capacity = 100,
                Acked = 160 * step,
                AckTime = ScriptedBus.Durations((10 * step, 2000)),
            });
            Step();
        }

        Assert.That(
            _alerts.Select(static a => (a.Kind, a.Culprit, a.Level)),
            Is.EquivalentTo(new[]
            {
                (AlertKind.ErrorRate, "messages \"bills\" (#7)", HealthLevel.Unhealthy),
                (AlertKind.QueueExhaustion, "messages \"full\" (#8)", HealthLevel.Unhealthy),
                (AlertKind.Stuck, "messages \"still\" (#9)", HealthLevel.Unhealthy),
                (AlertKind.Performance, "messages \"slow\" (#10)", HealthLevel.Degraded),
            }));
        Assert.That(_alerts.Single(static a => a.Kind == AlertKind.ErrorRate).Value, Is.EqualTo(0.9));
        PerformanceReport report = _monitor.GetReport();
        Assert.That(
            report.Messages.Select(
                static m => (m.Subscription, m.AckedPerSecond, m.NackedPerSecond, m.ExpiredPerSecond, m.LostPerSecond, m.Waiting)),
            Is.EquivalentTo(new[]
            {
                ("bills", 1.0, 6.0, 3.0, 0.0, 0L), ("full", 0, 0, 0, 0.1, 40L), ("still", 0, 0, 0, 0, 3L), ("slow", 16, 0, 0, 0, 0L),
            }));
        Assert.That(report.ToText(), Does.Contain("Messages:").And.Contain("bills (#7)"));
        Assert.That(_monitor.Diagnose().Findings, Does.Contain("Messages \"full\" (#8) lost 6 events."));
        _bus.Messages.Clear();
        Step();
        Assert.That(_alerts.Skip(4).Select(static a => a.IsCleared), Is.All.True.And.Exactly(4).Items);
    }

    [Test]
    public void A_callback_that_throws_is_counted_and_stops_nothing()
    {
        using var monitor = new PerformanceMonitor(
            _bus.Read, new MetricsOptions { AlertDelay = TimeSpan.Zero },
            static _ => throw new InvalidOperationException(), errors: null, _time);
        _bus.State = LifecycleState.Stopped;
        _bus.Resources = new ResourceSnapshot { AvailableBytes = 1000, WorkingSetBytes = 990 };
        monitor.Sample();
        Assert.That((monitor.FailedCallbackCount, monitor.Troubles.Count), Is.EqualTo((2L, 2)));
    }

    private void Progress()
    {
        _bus.Set(1, static s => s with { Delivered = s.Delivered + 1 });
        Step();
    }

    private void Step() => _time.Advance(TimeSpan.FromSeconds(10));
}
