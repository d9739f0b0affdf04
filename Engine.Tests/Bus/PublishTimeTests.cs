using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>When an event was published.</summary>
public class PublishTimeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Test]
    public void A_queued_event_keeps_the_time_at_which_it_was_published()
    {
        var time = new ManualTime(Start);
        var bus = new EventBus("test", new EventBusOptions { TimeProvider = time });
        var seen = new TaskCompletionSource<DateTimeOffset>();
        bus.Subscribe<Number>(
            (in Number _, EventContext context) => seen.SetResult(context.PublishedAt),
            new() { Mode = ProcessingMode.Async });
        time.Advance(TimeSpan.FromSeconds(5));
        bus.Publish(new Number(1));
        time.Advance(TimeSpan.FromSeconds(90));
        bus.Start();
        Assert.That(Eventually.Result(seen.Task), Is.EqualTo(Start.AddSeconds(5)));
        bus.StopDrained();
    }

    [Test]
    public void All_subscriptions_see_the_same_time_and_the_next_event_a_later_one()
    {
        var time = new ManualTime(Start);
        var bus = new EventBus("test", new EventBusOptions { TimeProvider = time });
        var seen = new List<DateTimeOffset>();
        for (int i = 0; i < 2; i++)
        {
            bus.Subscribe<Number>((in Number _, EventContext context) =>
            {
                seen.Add(context.PublishedAt);
                time.Advance(TimeSpan.FromSeconds(1));
            });
        }

        bus.Publish(new Number(1));
        bus.Publish(new Number(2));
        Assert.That(seen, Is.EqualTo(new[] { Start, Start, Start.AddSeconds(2), Start.AddSeconds(2) }));
    }

    [Test]
    public void A_time_of_day_that_is_set_anew_is_noticed_within_a_second()
    {
        var time = new SetTime(Start);
        var bus = new EventBus("test", new EventBusOptions { TimeProvider = time });
        DateTimeOffset seen = default;
        bus.Subscribe<Number>((in Number _, EventContext context) => seen = context.PublishedAt);
        time.Utc = Start.AddHours(3);
        time.Timestamp += time.TimestampFrequency + 1;
        bus.Publish(new Number(1));
        Assert.That(seen, Is.EqualTo(Start.AddHours(3)));
    }

    [Test]
    public void The_same_id_and_time_go_into_every_queue()
    {
        var time = new ManualTime(Start);
        EventBus bus = Buses.Started(new EventBusOptions { TimeProvider = time });
        var seen = new System.Collections.Concurrent.ConcurrentBag<(long Number, Guid Id, Guid Correlation, DateTimeOffset Time)>();
        for (int i = 0; i < 3; i++)
        {
            bus.Subscribe<Number>(
                (in Number number, EventContext context) =>
                    seen.Add((number.Value, context.Id, context.CorrelationId, context.PublishedAt)),
                new() { Mode = ProcessingMode.Async });
        }

        for (int i = 0; i < 100; i++)
        {
            bus.Publish(new Number(i));
            time.Advance(TimeSpan.FromMicroseconds(100));
        }

        bus.StopDrained();
        var events = seen.Distinct().OrderBy(static e => e.Number).ToArray();
        Assert.That((seen.Count, events.Length), Is.EqualTo((300, 100)));
        Assert.That(
            events.Select(static e => e.Id),
            Is.Unique.And.Ordered.Using<Guid>(static (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())));
        Assert.That(events.Select(static e => e.Time), Is.Ordered);
        Assert.That(events.Select(static e => e.Id == e.Correlation), Has.All.True);
    }

    private sealed class SetTime(DateTimeOffset utc) : TimeProvider
    {
        public DateTimeOffset Utc { get; set; } = utc;

        public long Timestamp { get; set; } = 1;

        public override long TimestampFrequency => 1_000_000_000;

        public override DateTimeOffset GetUtcNow() => Utc;

        public override long GetTimestamp() => Timestamp;
    }
}
