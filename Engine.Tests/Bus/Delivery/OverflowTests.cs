using Engine.Bus;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>What becomes of events that meet a full queue.</summary>
public class OverflowTests
{
    private ManualResetEventSlim _gate = null!;
    private EventBus _bus = null!;
    private List<int> _seen = null!;

    [SetUp]
    public void Start()
    {
        _gate = new ManualResetEventSlim();
        _bus = Buses.Started();
        _seen = [];
    }

    [TearDown]
    public async Task Stop()
    {
        _gate.Set();
        _bus.StopDrained();
        await _bus.DisposeAsync();
        Assert.That(_bus.GetStatistics().Topics.Select(static topic => topic.EventPool.InUseCount), Has.All.Zero);
        _gate.Dispose();
    }

    [TestCase(OverflowPolicy.DropIncoming, PublishOutcome.Dropped, new[] { 0, 1, 2 })]
    [TestCase(OverflowPolicy.Fail, PublishOutcome.Rejected, new[] { 0, 1, 2 })]
    [TestCase(OverflowPolicy.DropOldest, PublishOutcome.Published, new[] { 0, 4, 5 })]
    public void A_full_queue_does_what_its_policy_says(OverflowPolicy policy, PublishOutcome expected, int[] handled)
    {
        BusSubscription subscription = Blocked(policy, capacity: 2);
        for (int i = 1; i < 6; i++)
            Assert.That(_bus.Publish(new OrderCreated(i)), Is.EqualTo(i < 3 ? PublishOutcome.Published : expected));
        QueueStatistics queue = _bus.QueueOf(subscription);
        Assert.That((queue.Queued, queue.InFlight), Is.EqualTo((2, 1)));
        _gate.Set();
        Eventually.IsTrue(() => _bus.QueueOf(subscription).Succeeded == 3);
        Assert.That(_seen, Is.EqualTo(handled));
        queue = _bus.QueueOf(subscription);
        Assert.That(
            (queue.DroppedIncoming, queue.Rejected, queue.DroppedOldest, queue.Unaccounted()),
            Is.EqualTo((
                policy == OverflowPolicy.DropIncoming ? 3L : 0,
                policy == OverflowPolicy.Fail ? 3L : 0,
                policy == OverflowPolicy.DropOldest ? 3L : 0,
                0L)));
    }

    [Test]
    public void The_worst_outcome_of_all_subscriptions_is_told()
    {
        Blocked(OverflowPolicy.DropOldest, capacity: 1);
        _bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { });
        _bus.Subscribe<OrderCreated>(
            Wait,
            new() { Mode = ProcessingMode.Async, OverflowPolicy = OverflowPolicy.Fail, QueueCapacity = 1, Name = "strict" });
        var outcomes = Enumerable.Range(1, 4).Select(i => _bus.Publish(new OrderCreated(i))).ToList();
        Assert.That(outcomes[0], Is.EqualTo(PublishOutcome.Published));
        // One event may be in the handler and one in the queue; which of them the runner took first is open.
        Assert.That(outcomes.Count(static outcome => outcome == PublishOutcome.Rejected), Is.GreaterThanOrEqualTo(2));
        Assert.That(outcomes, Has.All.AnyOf(PublishOutcome.Published, PublishOutcome.Rejected));
    }

    [Test]
    public void A_publisher_waits_for_room_and_goes_on([Values] bool holdsThread)
    {
        BusSubscription subscription = Blocked(OverflowPolicy.Wait, capacity: 1);
        _bus.Publish(new OrderCreated(1));
        Task<PublishOutcome> waiting = holdsThread
            ? Task.Factory.StartNew(() => _bus.Publish(new OrderCreated(2)), TaskCreationOptions.LongRunning)
            : _bus.PublishAsync(new OrderCreated(2)).AsTask();
        Eventually.IsTrue(() => subscription.Queue!.WaitingPublisherCount == 1);
        Assert.That((waiting.IsCompleted, _bus.QueueOf(subscription).Accepted), Is.EqualTo((false, 2L)));
        _gate.Set();
        Assert.That(Eventually.Result(waiting), Is.EqualTo(PublishOutcome.Published));
        Eventually.IsTrue(() => _bus.QueueOf(subscription).Succeeded == 3);
        Assert.That(_seen, Is.EqualTo(new[] { 0, 1, 2 }));
    }

    [Test]
    public void A_larger_capacity_releases_publishers_that_wait()
    {
        _bus.UpdateOptions(new EventBusOptions { Async = { QueueCapacity = 1 } });
        BusSubscription subscription = Blocked(OverflowPolicy.Wait, capacity: null);
        _bus.Publish(new OrderCreated(1));
        Task<PublishOutcome>[] waiting = [.. Enumerable.Range(2, 3).Select(i => _bus.PublishAsync(new OrderCreated(i)).AsTask())];
        _bus.UpdateOptions(new EventBusOptions { Async = { QueueCapacity = 4 } });
        Assert.That(Eventually.Result(Task.WhenAll(waiting)), Has.All.EqualTo(PublishOutcome.Published));
        Assert.That(_bus.QueueOf(subscription).Queued, Is.EqualTo(4));
    }

    [Test]
    public void A_wait_without_a_thread_can_be_cancelled()
    {
        BusSubscription subscription = Blocked(OverflowPolicy.Wait, capacity: 1);
        _bus.Publish(new OrderCreated(1));
        using var cancellation = new CancellationTokenSource();
        Task<PublishOutcome> waiting = _bus.PublishAsync(new OrderCreated(2), cancellationToken: cancellation.Token).AsTask();
        cancellation.Cancel();
        Eventually.IsTrue(() => waiting.IsCompleted);
        Assert.That(waiting.IsCanceled);
        _gate.Set();
        Eventually.IsTrue(() => _bus.QueueOf(subscription).Succeeded == 2);
        Assert.That(_bus.QueueOf(subscription).Rejected, Is.EqualTo(1));
        Assert.That(_seen, Is.EqualTo(new[] { 0, 1 }));
    }

    [Test]
    public void Inside_a_handler_nobody_waits([Values] bool isAsync)
    {
        BusSubscription full = Blocked(OverflowPolicy.Wait, capacity: 1);
        _bus.Publish(new OrderCreated(1));
        PublishOutcome outcome = default;
        var done = new ManualResetEventSlim();
        if (isAsync)
        {
            _bus.Subscribe<OrderShipped>(async (_, _, token) =>
            {
                await Task.Yield();
                outcome = await _bus.PublishAsync(new OrderCreated(2), cancellationToken: token);
                done.Set();
            });
        }
        else
        {
            _bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) =>
            {
                outcome = _bus.Publish(new OrderCreated(2));
                done.Set();
            });
        }

        _bus.Publish(new OrderShipped(1));
        Eventually.IsOpen(done);
        Assert.That((outcome, _bus.QueueOf(full).Rejected), Is.EqualTo((PublishOutcome.RejectedInHandler, 1L)));
    }

    private void Wait(in OrderCreated order, EventContext context)
    {
        _gate.Wait();
        lock (_seen)
            _seen.Add(order.Number);
    }

    /// <summary>A subscription whose handler has event 0 and waits for the gate.</summary>
    private BusSubscription Blocked(OverflowPolicy policy, int? capacity)
    {
        BusSubscription subscription = _bus.Subscribe<OrderCreated>(
            Wait,
            new() { Mode = ProcessingMode.Async, OverflowPolicy = policy, QueueCapacity = capacity });
        _bus.Publish(new OrderCreated(0));
        Eventually.IsTrue(() => _bus.QueueOf(subscription).InFlight == 1);
        return subscription;
    }
}
