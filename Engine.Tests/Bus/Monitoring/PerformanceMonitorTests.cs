using System.Text.Json;
using Engine.Bus;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>Snapshots, reports, diagnoses and health.</summary>
internal sealed class PerformanceMonitorTests
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
    public void A_report_has_rates_between_the_last_two_snapshots()
    {
        using PerformanceMonitor monitor = Monitor();
        _bus.Published = 1000;
        _bus.Set(1, static s => s with { Delivered = 500, HandlerTime = ScriptedBus.Durations((500, 50)) });
        monitor.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        _bus.Published = 3000;
        _bus.Set(1, static s => s with
        {
            Delivered = 1500,
            Failed = 100,
            Retried = 30,
            Rejected = 2,
            Dropped = 3,
            Discarded = 5,
            QueueLength = 40,
            HandlerTime = ScriptedBus.Durations((500, 50), (990, 1), (10, 20)),
        });
        _bus.Resources = _bus.Resources with
        {
            AllocatedBytes = 1000,
            ProcessorTime = TimeSpan.FromSeconds(5),
            Gen0Collections = 3,
            WorkingSetBytes = 250,
        };
        monitor.Sample();

        PerformanceReport report = monitor.GetReport();
        LatencyMetrics latency = report.Latency.Single();
        Assert.Multiple(() =>
        {
            Assert.That((report.BusName, report.State, report.IntervalSeconds), Is.EqualTo(("orders", LifecycleState.Running, 10.0)));
            Assert.That((report.Throughput.PublishedPerSecond, report.Throughput.DeliveredPerSecond), Is.EqualTo((200.0, 100.0)));
            Assert.That((report.Throughput.Queued, report.Throughput.QueueGrowthPerSecond), Is.EqualTo((40L, 4.0)));
            Assert.That(
                (report.Errors.FailedPerSecond, report.Errors.ErrorRate, report.Errors.RetriedPerSecond, report.Errors.LostPerSecond),
                Is.EqualTo((10.0, 0.1, 3.0, 1.0)));
            Assert.That(report.Errors.Subscriptions.Single(), Is.EqualTo(new SubscriptionErrors("s1", 1, 100, 0.1, 30, 10)));
            Assert.That(latency.Calls, Is.EqualTo(1000));
            Assert.That(latency.HandlerP50, Is.InRange(1, 1.0625));
            Assert.That(latency.HandlerP99, Is.InRange(1, 1.0625));
            Assert.That(latency.HandlerMax, Is.InRange(20, 21.25), "What was slow before the interval does not count.");
            Assert.That(latency.HandlerMean, Is.EqualTo(1.19).Within(0.08));
            Assert.That(
                (report.Resources.ProcessorShare, report.Resources.AllocatedBytesPerSecond, report.Resources.Gen0Collections,
                    report.Resources.MemoryLoad),
                Is.EqualTo((0.5, 100.0, 3, 0.25)));
        });
    }

    [Test]
    public void The_text_of_a_report_has_its_sections_and_numbers()
    {
        using PerformanceMonitor monitor = Monitor();
        monitor.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        _bus.Published = 25_000;
        _bus.Set(
            1, static s => s with { Delivered = 25_000, Failed = 5_000, QueueLength = 90, HandlerTime = ScriptedBus.Durations((100, 2)) });
        monitor.Sample();
        string text = monitor.GetReport().ToText();
        Assert.That(text, Does.StartWith("Bus \"orders\", Running, 10 s up to 2026-01-01 00:00:10Z\n"));
        Assert.That(text, Does.Contain("Throughput: 2,500 events/s published, 2,500 events/s delivered, 90 queued (+9/s)\n"));
        Assert.That(text, Does.Contain("Errors: 500 errors/s (20 % of calls)"));
        Assert.That(text, Does.Contain("Latency:").And.Contain("Resources:").And.Contain("s1 (#1)"));
        Assert.That(
            text, Does.Contain("Troubles:\n").And.Contain("QueueExhaustion of subscription \"s1\" (#1) is Degraded (90 %, limit 80 %)"));
        Assert.That(text.Split('\n'), Has.All.Matches<string>(static line => line == line.TrimEnd()));
    }

    [Test]
    public void The_json_of_a_report_has_all_of_it()
    {
        using PerformanceMonitor monitor = Monitor();
        _bus.Set(1, static s => s with { Mode = ProcessingMode.Batch, Delivered = 10, QueueLength = 99 });
        _time.Advance(TimeSpan.FromSeconds(2));
        monitor.Sample();
        using var json = JsonDocument.Parse(monitor.GetReport().ToJson());
        JsonElement subscription = json.RootElement.GetProperty("throughput").GetProperty("subscriptions")[0];
        Assert.That(json.RootElement.GetProperty("state").GetString(), Is.EqualTo("Running"));
        Assert.That(subscription.GetProperty("mode").GetString(), Is.EqualTo("Batch"));
        Assert.That(subscription.GetProperty("deliveredPerSecond").GetDouble(), Is.EqualTo(5));
        Assert.That(json.RootElement.GetProperty("troubles")[0].GetProperty("kind").GetString(), Is.EqualTo("QueueExhaustion"));
        using var diagnosis = JsonDocument.Parse(monitor.Diagnose().ToJson());
        Assert.That(diagnosis.RootElement.GetProperty("fullestQueues")[0].GetProperty("share").GetDouble(), Is.EqualTo(0.99));
    }

    [Test]
    public void The_history_is_bounded_and_taken_on_the_interval()
    {
        using PerformanceMonitor monitor = Monitor(new MetricsOptions { Interval = TimeSpan.FromSeconds(1), HistoryLength = 3 });
        monitor.Start();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(monitor.History.Select(static s => s.Uptime.TotalSeconds), Is.EqualTo(new[] { 8.0, 9, 10 }));
        Assert.That(monitor.GetHistoryReport().IntervalSeconds, Is.EqualTo(2));
        monitor.Update(new MetricsOptions { Interval = TimeSpan.FromSeconds(5), HistoryLength = 2 });
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(monitor.History.Select(static s => s.Uptime.TotalSeconds), Is.EqualTo(new[] { 15.0, 20 }));
        monitor.Dispose();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(monitor.History[^1].Uptime.TotalSeconds, Is.EqualTo(20));
    }

    [Test]
    public void A_source_that_fails_is_counted_and_asked_again()
    {
        using PerformanceMonitor monitor = Monitor(new MetricsOptions { Interval = TimeSpan.FromSeconds(1) });
        _bus.IsFailing = true;
        monitor.Start();
        _time.Advance(TimeSpan.FromSeconds(2));
        _bus.IsFailing = false;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.That((monitor.FailedSampleCount, monitor.History.Count), Is.EqualTo((3L, 1)));
    }

    [Test]
    public void Options_that_break_rules_are_refused_and_those_in_force_stay()
    {
        using PerformanceMonitor monitor = Monitor();
        Assert.Throws<InvalidBusOptionsException>(() => monitor.Update(new MetricsOptions { HistoryLength = 1 }));
        Assert.Throws<InvalidBusOptionsException>(() => _ = Monitor(new MetricsOptions { Interval = TimeSpan.Zero }));
    }

    [Test]
    public void A_diagnosis_names_who_is_to_blame()
    {
        var errors = new RecentErrors(2, _time);
        using var monitor = new PerformanceMonitor(_bus.Read, new MetricsOptions { TopCount = 1 }, onAlert: null, errors, _time);
        _bus.Set(1, static s => s);
        _bus.Set(2, static s => s);
        monitor.Sample();
        _time.Advance(TimeSpan.FromSeconds(10));
        _bus.Set(1, static s => s with { Name = "often", Delivered = 1000, HandlerTime = ScriptedBus.Durations((1000, 10)) });
        _bus.Set(2, static s =>
            s with { Name = "slow", Delivered = 10, QueueLength = 50, Rejected = 7, HandlerTime = ScriptedBus.Durations((10, 70)) });
        foreach (string message in new[] { "first", "second", "third" })
            errors.Add(new BusHandlerError(2, "slow", OrderCreated.Descriptor, Guid.Empty, new TimeoutException(message)));
        monitor.Sample();

        DiagnosisReport diagnosis = monitor.Diagnose();
        Assert.That(diagnosis.SlowestHandlers.Single().Subscription, Is.EqualTo("slow"));
        Assert.That(diagnosis.BusiestHandlers.Single().Subscription, Is.EqualTo("often"));
        Assert.That(diagnosis.FullestQueues.Single(), Is.EqualTo(new QueueFill("slow", 2, 50, 100)));
        Assert.That(diagnosis.LastErrors.Select(static e => e.Message), Is.EqualTo(new[] { "third", "second" }));
        Assert.That(diagnosis.Findings, Has.One.Match("""^Subscription "often" \(#1\) takes 93(\.\d)? % of handler time\.$"""));
        Assert.That(diagnosis.Findings, Does.Contain("Subscription \"slow\" (#2) lost 7 events."));
        Assert.That(diagnosis.Findings, Does.Contain("The queue of subscription \"slow\" (#2) grows by 5 events/s and is full in 10 s."));
        Assert.That(diagnosis.Findings, Does.Contain("Of the last 2 errors 2 are TimeoutException in subscription \"slow\" (#2)."));
        string text = diagnosis.ToText();
        Assert.That(text, Does.Contain("Findings:\n").And.Contain("Slowest handlers:\n").And.Contain("Fullest queues:\n"));
        Assert.That(text, Does.Contain("2026-01-01 00:00:10Z slow (#2) on order.created: TimeoutException: third"));
    }

    [Test]
    public void A_bus_that_is_well_has_no_findings()
    {
        using PerformanceMonitor monitor = Monitor();
        monitor.Sample();
        Assert.That(monitor.Diagnose().Findings, Is.EqualTo(new[] { "Nothing stands out." }));
    }

    [Test]
    public async Task Health_follows_the_thresholds_and_names_the_culprit()
    {
        using PerformanceMonitor monitor = Monitor();
        var check = new EventBusHealthCheck(monitor);
        Assert.That((await CheckAsync(check)).Status, Is.EqualTo(HealthStatus.Healthy));
        foreach ((int length, HealthStatus expected) in new[]
        {
            (79, HealthStatus.Healthy), (80, HealthStatus.Degraded), (95, HealthStatus.Unhealthy), (85, HealthStatus.Unhealthy),
            (79, HealthStatus.Degraded),
            (50, HealthStatus.Degraded), (49, HealthStatus.Healthy),
        })
        {
            _bus.Set(1, s => s with { QueueLength = length, Delivered = s.Delivered + 1 });
            _time.Advance(TimeSpan.FromSeconds(1));
            monitor.Sample();
            HealthCheckResult result = await CheckAsync(check);
            Assert.That(result.Status, Is.EqualTo(expected), $"{length} of 100");
            if (expected != HealthStatus.Healthy)
            {
                Assert.That(result.Data["QueueExhaustion of subscription \"s1\" (#1)"], Is.EqualTo(length / 100.0));
                Assert.That(result.Description, Does.Contain("s1"));
            }
        }

        _bus.State = LifecycleState.Created;
        monitor.Sample();
        Assert.That((await CheckAsync(check)).Status, Is.EqualTo(HealthStatus.Degraded));
        _bus.State = LifecycleState.Stopped;
        monitor.Sample();
        Assert.That((await CheckAsync(check)).Status, Is.EqualTo(HealthStatus.Unhealthy));
    }

    private static Task<HealthCheckResult> CheckAsync(EventBusHealthCheck check) => check.CheckHealthAsync(new HealthCheckContext());

    [Test]
    public void The_first_report_measures_by_itself()
    {
        _bus.Published = 1000;
        _time.Advance(TimeSpan.FromSeconds(10));
        using PerformanceMonitor first = Monitor();
        Assert.That(first.GetReport().Throughput.PublishedPerSecond, Is.EqualTo(100));
        using PerformanceMonitor second = Monitor();
        Assert.That(second.GetHistoryReport().Throughput.PublishedPerSecond, Is.EqualTo(100));
        using PerformanceMonitor third = Monitor();
        Assert.That(third.Diagnose().Findings, Is.Not.Empty);
        Assert.That((first.History.Count, second.History.Count, third.History.Count), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void A_report_needs_no_more_than_a_bus()
    {
        using var monitor = new PerformanceMonitor(new EventBus("plain"));
        Assert.That(monitor.GetReport().BusName, Is.EqualTo("plain"));
    }

    private PerformanceMonitor Monitor(MetricsOptions? options = null) => new(_bus.Read, options, onAlert: null, errors: null, _time);
}
