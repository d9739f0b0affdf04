using System.Diagnostics.CodeAnalysis;
using System.Text;
using Engine.Bus;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Frames;
using Engine.Gateway.Streams;
using Engine.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Engine.Tests.Server;

/// <summary>Parts of the gateway by themselves: text, ring, ladder, budget, feeds.</summary>
public sealed class GatewayPartTests
{
    [TestCase("a", "data: a\n\n")]
    [TestCase("a\nb\rc\r\nd", "data: a\ndata: b\ndata: c\ndata: d\n\n")]
    [TestCase("\n", "data: \ndata: \n\n")]
    [TestCase("", "data: \n\n")]
    public void Data_is_split_at_every_line_end(string data, string expected) =>
        Assert.That(Encoding.UTF8.GetString(SseText.Block(data: data)), Is.EqualTo(expected));

    [TestCase("a\rb")]
    [TestCase("a\nb")]
    [TestCase("a\0b")]
    public void Line_ends_and_nul_are_refused_in_id_and_event(string text)
    {
        Assert.That(() => SseText.Block(eventName: text), Throws.ArgumentException);
        Assert.That(() => SseText.Block(id: text), Throws.ArgumentException);
    }

    [Test]
    public async Task Ring_keeps_the_newest_within_its_bounds()
    {
        var ring = new FrameRing(capacity: 10, maxBytes: 4_000);
        for (int i = 0; i < 100; i++)
            Append(ring, EventTraffic.Ordinary, "r", new string('x', 100));
        Assert.That(ring.LastSequence, Is.EqualTo(100));
        Assert.That(ring.LastSequence - ring.FirstSequence + 1, Is.InRange(1, 10));
        Assert.That(ring.Bytes, Is.LessThanOrEqualTo(4_000));
        Append(ring, EventTraffic.Ordinary, "r", new string('x', 10_000));
        Assert.That(ring.FirstSequence, Is.EqualTo(ring.LastSequence), "One event is always kept.");
        Assert.That(await ring.FindNewestAsync(FrameFilter.All, ring.LastSequence, 10, default), Is.EqualTo(ring.LastSequence - 1));
    }

    [Test]
    public void Ring_that_grows_keeps_what_was_in_it()
    {
        var ring = new FrameRing(capacity: 2_500);
        for (int count = 1; count <= 5_000; count++)
        {
            Append(ring, EventTraffic.Ordinary, "r", "x");
            if (count % 100 != 0)
                continue;
            long first = Math.Max(1, count - 2_499);
            Assert.That(ring.FirstSequence, Is.EqualTo(first));
            Assert.That(ring.Find(first - 1), Is.Null);
            for (long sequence = first; sequence <= count; sequence++)
                Assert.That(ring.Find(sequence)?.Sequence, Is.EqualTo(sequence));
        }
    }

    [Test]
    public async Task Ring_finds_times_though_the_clock_goes_back()
    {
        var time = new ManualTime();
        var ring = new FrameRing(timeProvider: time);
        DateTimeOffset start = time.GetUtcNow();
        foreach (int seconds in (int[])[1, 1, 1])
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            Append(ring, EventTraffic.Ordinary, "r", "x");
        }

        Assert.That(await ring.FindBeforeAsync(start.AddSeconds(1), default), Is.EqualTo(0));
        Assert.That(await ring.FindBeforeAsync(start.AddSeconds(2.5), default), Is.EqualTo(2));
        Assert.That(await ring.FindBeforeAsync(DateTimeOffset.MaxValue, default), Is.EqualTo(3));
    }

    [Test]
    public async Task Under_pressure_the_newest_metrics_of_each_resource_are_left_then_none_then_vital_events_only()
    {
        var ring = new FrameRing();
        foreach (string resource in (string[])["a", "b", "a", "a"])
            Append(ring, EventTraffic.Metrics, resource, "x");
        Append(ring, EventTraffic.Ordinary, "log", "x");
        Append(ring, EventTraffic.Vital, "alert", "x");
        Assert.That(await ReadAsync(Degradation.None), Is.EqualTo([1, 2, 3, 4, 5, 6]));
        Assert.That(await ReadAsync(Degradation.Coalesced), Is.EqualTo([2, 4, 5, 6]));
        Assert.That(await ReadAsync(Degradation.WithoutMetrics), Is.EqualTo([5, 6]));
        Assert.That(await ReadAsync(Degradation.VitalOnly), Is.EqualTo([6]));

        async Task<long[]> ReadAsync(Degradation degradation)
        {
            var batch = new FrameBatch { UpTo = 6, Degradation = degradation };
            await ring.ReadAsync(batch, default);
            Assert.That(batch.Frames.Count + batch.Coalesced + batch.Shed, Is.EqualTo(6));
            return [.. batch.Frames.Select(static frame => frame.Sequence)];
        }
    }

    [Test]
    public void Ladder_goes_up_at_once_and_down_after_a_while()
    {
        var ladder = new DegradationLadder();
        Assert.That(ladder.Look(0.8, "bytes", default), Is.False);
        for (int i = 0; i < 6; i++)
            ladder.Look(1, "bytes", default);
        Assert.That(ladder.Step.Level, Is.EqualTo(Degradation.VitalOnly));
        for (int i = 0; i < DegradationLadder.CalmLooks - 1; i++)
            Assert.That(ladder.Look(0.1, "bytes", default), Is.False);
        Assert.That(ladder.Look(0.7, "bytes", default), Is.False, "Neither high nor low: the calm begins anew.");
        for (int i = 0; i < DegradationLadder.CalmLooks - 1; i++)
            Assert.That(ladder.Look(0.1, "bytes", default), Is.False);
        Assert.That(ladder.Look(0.1, "bytes", default), Is.True);
        Assert.That(ladder.Step.Level, Is.EqualTo(Degradation.WithoutMetrics));
    }

    [Test]
    public void Budget_makes_who_takes_more_than_a_second_has_wait()
    {
        var time = new ManualTime();
        var budget = new ByteBudget(1_000, time);
        Assert.That(budget.Take(1_000), Is.EqualTo(TimeSpan.Zero));
        Assert.That(budget.Take(500), Is.EqualTo(TimeSpan.FromSeconds(0.5)));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.That(budget.Take(1_000), Is.EqualTo(TimeSpan.Zero), "No more than a second is saved up.");
        Assert.That(budget.Take(1_000), Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    [SuppressMessage("Performance", "CA1848", Justification = "As hosts log that do not care.")]
    public async Task Log_becomes_events_without_secrets_and_without_its_own_lines()
    {
        await using var gateway = new EventGateway(timeProvider: new ManualTime());
        using var feed = new LogFeed(gateway, new LogFeedOptions { MaxPerSecond = 2 });
        ILogger logger = feed.CreateLogger("App.Orders");
        logger.LogWarning("User {User} has password {Password}", "ann", "hunter22");
        logger.LogDebug("too little");
        feed.CreateLogger("Engine.Gateway.Web.EventsEndpoint").LogError("of streams");
        logger.LogInformation("second");
        logger.LogInformation("too many");
        Assert.That(gateway.History.LastSequence, Is.EqualTo(2));
        Assert.That(feed.LeftOut, Is.EqualTo(1));
        var batch = new FrameBatch { UpTo = 2 };
        await gateway.History.ReadAsync(batch, default);
        string first = Encoding.UTF8.GetString(batch.Frames[0].Envelope.Span);
        Assert.That(first, Does.Contain("\"level\":\"warning\"").And.Contain("ann").And.Contain("***"));
        Assert.That(first, Does.Not.Contain("hunter22"));
        Assert.That(batch.Frames[0].ResourceId, Is.EqualTo("App.Orders"));
    }

    [Test]
    public async Task Bus_feeds_the_gateway_with_key_and_time()
    {
        await using var gateway = new EventGateway();
        await using var bus = new EventBus("orders");
        using (gateway.Attach(bus))
        {
            bus.Publish(
                new NodeStatus("offline", "online", "test", new(null, null)),
                new EventIds { Details = new EventDetails { Key = "node-1", OccurredAt = DateTimeOffset.UnixEpoch } });
        }

        bus.Publish(new NodeStatus("online", "offline", "test", new(null, null)));
        Assert.That(gateway.History.LastSequence, Is.EqualTo(1));
        var batch = new FrameBatch { UpTo = 1 };
        await gateway.History.ReadAsync(batch, default);
        Assert.That(
            Encoding.UTF8.GetString(batch.Frames[0].Envelope.Span),
            Does.StartWith("""{"event":"node_status","timestamp":"1970-01-01T00:00:00Z","resource_id":"node-1",""" + "\"data\":"));
    }

    private static void Append(FrameRing ring, EventTraffic traffic, string resource, string json) =>
        ring.Append(new FrameDraft("type", resource, traffic, default, Encoding.UTF8.GetBytes(json)));
}
