using System.Text.Json;
using Engine.Storage.Facade;

namespace Engine.Tests.Storage.Facade;

internal sealed class EventMonitorTests
{
    [Test]
    public void The_average_is_the_sum_by_the_count()
    {
        var monitor = new EventMonitor();
        monitor.RecordEvent("a", true, TimeSpan.FromMilliseconds(100));
        Assert.That(monitor.GetMetrics().AverageLatencyMilliseconds, Is.EqualTo(100).Within(2).Percent);
        monitor.RecordEvent("b", false, TimeSpan.FromMilliseconds(300));
        EventMetrics metrics = monitor.GetMetrics();
        Assert.That(metrics.AverageLatencyMilliseconds, Is.EqualTo(200).Within(2).Percent);
        Assert.That((metrics.TotalEvents, metrics.SuccessEvents, metrics.FailedEvents), Is.EqualTo((2L, 1L, 1L)));
        Assert.That(metrics.ByTopic["b"].FailedEvents, Is.EqualTo(1));
        monitor.RecordEvent("a", true, default);
        Assert.That(metrics.TotalEvents, Is.EqualTo(2), "a copy");
    }

    [Test]
    public void The_json_has_the_names_of_the_document()
    {
        var monitor = new EventMonitor();
        monitor.RecordEvent("order.created", true, TimeSpan.FromTicks(10));
        using JsonDocument json = JsonDocument.Parse(monitor.GetMetrics().ToJson());
        Assert.That(json.RootElement.GetProperty("total_events").GetInt64(), Is.EqualTo(1));
        Assert.That(json.RootElement.GetProperty("failed_events").GetInt64(), Is.Zero);
        Assert.That(json.RootElement.GetProperty("average_latency").GetInt64(), Is.EqualTo(1000).Within(3).Percent);
        Assert.That(json.RootElement.GetProperty("topics").GetProperty("order.created").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void Topics_beyond_the_bound_are_counted_together_and_no_event_is_lost()
    {
        var monitor = new EventMonitor();
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 2 * EventMonitor.MaxTopics; i++)
                monitor.RecordEvent($"t{i}", i % 2 == 0, TimeSpan.FromTicks(thread));
        });
        EventMetrics metrics = monitor.GetMetrics();
        Assert.That(metrics.TotalEvents, Is.EqualTo(8 * EventMonitor.MaxTopics));
        Assert.That(metrics.SuccessEvents, Is.EqualTo(metrics.FailedEvents));
        Assert.That(metrics.Topics, Has.Count.LessThan(EventMonitor.MaxTopics + 16));
        Assert.That(metrics.Topics[EventMonitor.OtherTopics], Is.GreaterThan(0));
    }

    [Test]
    public void A_topic_with_the_name_of_the_others_is_counted_with_them()
    {
        var monitor = new EventMonitor();
        monitor.RecordEvent(EventMonitor.OtherTopics, true, TimeSpan.FromTicks(1));
        monitor.RecordEvent("a", true, TimeSpan.FromTicks(1));
        EventMetrics metrics = monitor.GetMetrics();
        Assert.That((metrics.TotalEvents, metrics.Topics[EventMonitor.OtherTopics]), Is.EqualTo((2L, 1L)));
    }
}
