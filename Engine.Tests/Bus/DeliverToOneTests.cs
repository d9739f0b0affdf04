using Engine.Bus;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

public class DeliverToOneTests
{
    private static readonly EventIds Ids = new() { Id = Guid.NewGuid(), CorrelationId = Guid.NewGuid(), CausationId = Guid.NewGuid() };

    private readonly List<string> _log = [];
    private EventBus _bus = null!;

    [SetUp]
    public void Begin()
    {
        _log.Clear();
        _bus = new EventBus();
    }

    [TearDown]
    public async Task End() => await _bus.DisposeAsync();

    [Test]
    public void Only_the_one_subscription_gets_the_event_with_its_ids()
    {
        BusSubscription one = Subscribe("one");
        Subscribe("two");
        Assert.That(one.Deliver(new OrderCreated(1), Ids), Is.EqualTo(PublishOutcome.Published));
        Assert.That(_log, Is.EqualTo(new[] { $"one 1 attempt 1 {Ids.Id} {Ids.CorrelationId} {Ids.CausationId}" }));
        Assert.That((one.DeliveredCount, _bus.GetStatistics().Topics.Single().Published), Is.EqualTo((1L, 0L)), "it is no publish");
    }

    [Test]
    public void Attempts_go_on_from_where_they_were_and_later_events_begin_anew()
    {
        BusSubscription one = Subscribe("one");
        one.Deliver(new OrderCreated(1), Ids, attempt: 4);
        _bus.Publish(new OrderCreated(2), Ids);
        Assert.That(_log.Select(static line => line[..15]), Is.EqualTo(new[] { "one 1 attempt 4", "one 2 attempt 1" }));
        Assert.Throws<ArgumentOutOfRangeException>(() => one.Deliver(new OrderCreated(1), Ids, attempt: 0));
    }

    [Test]
    public void A_queue_keeps_ids_and_attempts_over_its_retries()
    {
        var attempts = new List<int>();
        BusSubscription one = _bus.Subscribe(
            (OrderCreated e, EventContext context, CancellationToken _) =>
            {
                attempts.Add(context.Attempt);
                return attempts.Count < 3 ? throw new InvalidOperationException("again") : ValueTask.CompletedTask;
            },
            new BusSubscriptionOptions<OrderCreated>
            {
                Retry = new RetryOptions { MaxAttempts = 3, BaseDelay = TimeSpan.FromMilliseconds(1) },
            });
        _bus.Start();
        Assert.That(one.Deliver(new OrderCreated(1), Ids, attempt: 3), Is.EqualTo(PublishOutcome.Published));
        one.Deliver(new OrderCreated(2), Ids);
        Eventually.Result(_bus.StopAsync(Eventually.HangGuard));
        Assert.That(attempts, Is.EqualTo(new[] { 3, 4, 5, 1 }));
    }

    [Test]
    public void Its_filter_is_asked()
    {
        BusSubscription one = Subscribe("one", EventFilter.Where((in OrderCreated e) => e.Number > 1));
        one.Deliver(new OrderCreated(1), Ids);
        one.Deliver(new OrderCreated(2), Ids);
        Assert.That(_log.Single(), Does.StartWith("one 2"));
    }

    [Test]
    public void A_handler_that_throws_is_counted_and_leaves_nothing_behind()
    {
        BusSubscription one = _bus.Subscribe((in OrderCreated e, EventContext c) =>
        {
            _log.Add($"{e.Number} {c.Attempt}");
            throw new InvalidOperationException("no");
        });
        one.Deliver(new OrderCreated(1), Ids, attempt: 2);
        _bus.Publish(new OrderCreated(2));
        Assert.That((one.ErrorCount, string.Join(", ", _log)), Is.EqualTo((2L, "1 2, 2 1")));
    }

    [Test]
    public async Task Nobody_gets_what_the_subscription_does_not_take()
    {
        BusSubscription one = Subscribe("one");
        Assert.That(one.Deliver(new OrderShipped(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        BusSubscription two = Subscribe("two");
        one.Dispose();
        Assert.That(one.Deliver(new OrderCreated(1)), Is.EqualTo(PublishOutcome.NotSubscribed));
        await _bus.StopAsync();
        Assert.That(two.Deliver(new OrderCreated(1)), Is.EqualTo(PublishOutcome.Stopped));
        Assert.That(_log, Is.Empty);
    }

    [Test]
    public void An_event_inside_its_own_handling_is_a_loop()
    {
        Exception? error = null;
        BusSubscription one = null!;
        one = _bus.Subscribe((in OrderCreated e, EventContext c) =>
        {
            try
            {
                one.Deliver(e, new EventIds { Id = c.Id });
            }
            catch (EventLoopException loop)
            {
                error = loop;
            }
        });
        one.Deliver(new OrderCreated(1), Ids);
        Assert.That(error, Is.Not.Null);
    }

    private BusSubscription Subscribe(string name, EventFilter<OrderCreated>? filter = null) => _bus.Subscribe(
        (in OrderCreated e, EventContext c) => _log.Add($"{name} {e.Number} attempt {c.Attempt} {c.Id} {c.CorrelationId} {c.CausationId}"),
        new BusSubscriptionOptions<OrderCreated> { Filter = filter });
}
