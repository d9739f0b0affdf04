using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>When batches are handed over, and what happens when their handler fails.</summary>
public class BatchTests
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(20);

    private ManualTime _time = null!;
    private EventBus _bus = null!;
    private List<int[]> _batches = null!;

    [SetUp]
    public void Start()
    {
        _time = new ManualTime();
        _bus = Buses.Started(new EventBusOptions { TimeProvider = _time });
        _batches = [];
    }

    [TearDown]
    public async Task Stop()
    {
        _bus.StopDrained();
        await _bus.DisposeAsync();
        Assert.That(_bus.GetStatistics().Topics.Single().EventPool.InUseCount == 0);
    }

    [Test]
    public void A_batch_is_handed_over_when_it_is_full()
    {
        Subscribe(new() { BatchSize = 3, BatchMaxWait = MaxWait });
        Publish(0, 7);
        Eventually.IsTrue(() => Count == 2);
        Assert.That(_batches, Is.EqualTo(new[] { new[] { 0, 1, 2 }, [3, 4, 5] }));
    }

    [Test]
    public void A_batch_that_does_not_fill_is_handed_over_when_the_wait_of_its_first_event_is_over()
    {
        BusSubscription subscription = Subscribe(new() { BatchSize = 3, BatchMaxWait = MaxWait });
        Publish(0, 1);
        _time.Advance(MaxWait / 2);
        Publish(1, 1);
        _time.Advance(MaxWait / 2 - TimeSpan.FromMilliseconds(1));
        QueueStatistics queue = _bus.QueueOf(subscription);
        Assert.That((queue.Queued, queue.InFlight, subscription.DeliveredCount), Is.EqualTo((2, 0, 0L)), "not before");
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Eventually.IsTrue(() => Count == 1);
        Assert.That(_batches, Is.EqualTo(new[] { new[] { 0, 1 } }));
    }

    [Test]
    public void A_full_queue_is_a_batch_although_it_is_smaller()
    {
        Subscribe(new() { BatchSize = 100, BatchMaxWait = TimeSpan.MaxValue, QueueCapacity = 4 });
        Publish(0, 4);
        Eventually.IsTrue(() => Count == 1);
        Assert.That(_batches, Is.EqualTo(new[] { new[] { 0, 1, 2, 3 } }));
    }

    [Test]
    public void A_shorter_wait_holds_for_what_waits_already()
    {
        _bus.UpdateOptions(new EventBusOptions { TimeProvider = _time, Batch = { Size = 10, MaxWait = TimeSpan.FromHours(1) } });
        Subscribe(null);
        Publish(0, 2);
        _bus.UpdateOptions(new EventBusOptions { TimeProvider = _time, Batch = { Size = 10, MaxWait = MaxWait } });
        _time.Advance(MaxWait);
        Eventually.IsTrue(() => Count == 1);
        Assert.That(_batches, Is.EqualTo(new[] { new[] { 0, 1 } }));
    }

    [Test]
    public void A_smaller_size_holds_for_what_waits_already()
    {
        _bus.UpdateOptions(new EventBusOptions { TimeProvider = _time, Batch = { Size = 10, MaxWait = TimeSpan.FromHours(1) } });
        Subscribe(null);
        Publish(0, 2);
        _bus.UpdateOptions(new EventBusOptions { TimeProvider = _time, Batch = { Size = 2, MaxWait = TimeSpan.FromHours(1) } });
        Eventually.IsTrue(() => Count == 1);
    }

    [Test]
    public void A_batch_that_fails_is_tried_again_as_a_whole_and_fails_as_a_whole()
    {
        var attempts = new List<(int Attempt, int Count)>();
        BusSubscription subscription = _bus.SubscribeBatch<OrderCreated>(
            (batch, _) =>
            {
                lock (attempts)
                    attempts.Add((batch.Attempt, batch.Count));
                throw new InvalidOperationException("always");
            },
            new()
            {
                BatchSize = 4,
                Retry = new() { MaxAttempts = 3, BaseDelay = TimeSpan.FromMilliseconds(10), Multiplier = 1 },
            });
        Publish(0, 4);
        Eventually.IsTrue(() =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            return subscription.ErrorCount == 4;
        });
        Assert.That(attempts, Is.EqualTo(new[] { (1, 4), (2, 4), (3, 4) }));
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount, _bus.QueueOf(subscription).Retried), Is.EqualTo((4L, 4L, 2L)));
    }

    private int Count
    {
        get
        {
            lock (_batches)
                return _batches.Count;
        }
    }

    private BusSubscription Subscribe(BusSubscriptionOptions<OrderCreated>? options) => _bus.SubscribeBatch<OrderCreated>(
        (batch, _) =>
        {
            lock (_batches)
                _batches.Add([.. batch.Events.ToArray().Select(static order => order.Number)]);
            return ValueTask.CompletedTask;
        },
        options);

    private void Publish(int first, int count)
    {
        for (int i = first; i < first + count; i++)
            _bus.Publish(new OrderCreated(i));
    }
}
