using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Delivery;

/// <summary>Events that a publisher gives a priority of their own.</summary>
public class EventPriorityTests
{
    private static readonly DispatchPriority[] All = [DispatchPriority.High, DispatchPriority.Normal, DispatchPriority.Low];

    private readonly List<(DispatchPriority Priority, int Number)> _seen = [];
    private EventBus _bus = null!;

    [SetUp]
    public void MakeBus()
    {
        _seen.Clear();
        _bus = new EventBus("test");
    }

    [TearDown]
    public async Task EndBus()
    {
        await _bus.DisposeAsync();
        Assert.That(_bus.GetStatistics().Topics.Select(static topic => topic.EventPool.InUseCount), Has.All.Zero);
    }

    [Test]
    public void Backlogged_priorities_get_their_turns_and_keep_their_order()
    {
        Subscribe(new() { QueueCapacity = 100 });
        foreach (DispatchPriority priority in new[] { DispatchPriority.Low, DispatchPriority.Normal, DispatchPriority.High })
            Publish(priority, count: 26);
        _bus.Start();
        _bus.StopDrained();
        Assert.That(
            _seen.Take(26).Select(static seen => seen.Priority),
            Is.EqualTo(Enumerable.Repeat(Round(), 2).SelectMany(static round => round)));
        foreach (DispatchPriority priority in All)
            Assert.That(NumbersOf(priority), Is.EqualTo(Enumerable.Range(0, 26)));
    }

    [Test]
    public void Each_priority_has_the_whole_capacity([Values] OverflowPolicy policy)
    {
        BusSubscription subscription = Subscribe(new() { QueueCapacity = 2, OverflowPolicy = policy });
        if (policy == OverflowPolicy.Wait)
        {
            // Nobody consumes yet, so that nobody waits.
            Assert.That(Publish(DispatchPriority.High, 3), Is.EqualTo(new[] { Kept, Kept, PublishOutcome.Rejected }));
        }
        else
        {
            PublishOutcome tooMany = policy switch
            {
                OverflowPolicy.DropIncoming => PublishOutcome.Dropped,
                OverflowPolicy.DropOldest => Kept,
                _ => PublishOutcome.Rejected,
            };
            Assert.That(Publish(DispatchPriority.High, 3), Is.EqualTo(new[] { Kept, Kept, tooMany }));
        }

        Assert.That(Publish(DispatchPriority.Normal, 2), Has.All.EqualTo(Kept));
        Assert.That(Publish(DispatchPriority.Low, 2), Has.All.EqualTo(Kept));
        QueueStatistics queue = _bus.QueueOf(subscription);
        Assert.That((queue.Queued, queue.Capacity, queue.Lost, queue.Unaccounted()), Is.EqualTo((6, 6, 1L, 0L)));
        _bus.Start();
        _bus.StopDrained();
        int first = policy == OverflowPolicy.DropOldest ? 1 : 0;
        Assert.That(_seen, Is.EqualTo(new[]
        {
            (DispatchPriority.High, first), (DispatchPriority.High, first + 1),
            (DispatchPriority.Normal, 0), (DispatchPriority.Normal, 1),
            (DispatchPriority.Low, 0), (DispatchPriority.Low, 1),
        }));
    }

    [Test]
    public void A_publisher_waits_for_room_of_its_priority_alone()
    {
        using var gate = new ManualResetEventSlim();
        _bus.Start();
        BusSubscription subscription = Subscribe(
            new() { QueueCapacity = 1, OverflowPolicy = OverflowPolicy.Wait }, () => gate.Wait());
        Publish(DispatchPriority.Normal, 1);
        Eventually.IsTrue(() => _bus.QueueOf(subscription).InFlight == 1);
        Publish(DispatchPriority.Normal, 1);
        Publish(DispatchPriority.High, 1);
        Task<PublishOutcome> waiting = _bus.PublishAsync(new OrderCreated(1), Ids(DispatchPriority.High)).AsTask();
        Eventually.IsTrue(() => subscription.Queue!.WaitingPublisherCount == 1);
        Assert.That(Publish(DispatchPriority.Low, 1), Has.All.EqualTo(Kept));
        gate.Set();
        Assert.That(Eventually.Result(waiting), Is.EqualTo(Kept));
        _bus.StopDrained();
        Assert.That(_seen.Count(static seen => seen.Priority == DispatchPriority.High), Is.EqualTo(2));
    }

    [Test]
    public void A_batch_is_filled_from_all_priorities_the_higher_first()
    {
        var batches = new List<DispatchPriority[]>();
        BusSubscription subscription = _bus.SubscribeBatch<OrderCreated>(
            (EventBatch<OrderCreated> batch) => batches.Add([.. Enumerable.Range(0, batch.Count).Select(i => batch.ContextOf(i).Priority)]),
            new() { BatchSize = 4, MaxConcurrency = 1, QueueCapacity = 100 });
        Publish(DispatchPriority.Low, 2);
        Publish(DispatchPriority.Normal, 3);
        Publish(DispatchPriority.High, 2);
        _bus.Start();
        _bus.StopDrained();
        Assert.That(batches, Is.EqualTo(new[]
        {
            new[] { DispatchPriority.High, DispatchPriority.High, DispatchPriority.Normal, DispatchPriority.Normal },
            [DispatchPriority.Normal, DispatchPriority.Low, DispatchPriority.Low],
        }));
        Assert.That(_bus.GetStatistics().Subscriptions.Any(s => s.Id == subscription.Id && s.Queue!.Succeeded == 7));
    }

    [Test]
    public void What_is_queued_when_the_subscription_ends_is_discarded_whatever_its_priority()
    {
        BusSubscription subscription = Subscribe(new() { QueueCapacity = 10 });
        foreach (DispatchPriority priority in All)
            Publish(priority, 3);
        SubscriptionStop(subscription, out long discarded);
        Assert.That((discarded, _seen.Count), Is.EqualTo((9L, 0)));
    }

    [Test]
    public void A_new_capacity_holds_for_each_priority()
    {
        _bus.UpdateOptions(new EventBusOptions { Async = { QueueCapacity = 1 } });
        BusSubscription subscription = Subscribe(new() { OverflowPolicy = OverflowPolicy.Fail });
        Publish(DispatchPriority.High, 1);
        _bus.UpdateOptions(new EventBusOptions { Async = { QueueCapacity = 3 } });
        foreach (DispatchPriority priority in All)
            Assert.That(Publish(priority, 2), Has.All.EqualTo(Kept), priority.ToString());
        Assert.That(_bus.QueueOf(subscription).Capacity, Is.EqualTo(9));
    }

    [Test]
    public void Losses_are_told_for_each_priority()
    {
        var losses = new List<long>();
        Subscribe(
            new()
            {
                QueueCapacity = 2,
                OverflowPolicy = OverflowPolicy.DropOldest,
                OnLost = (in LossNotice loss) => losses.Add(loss.Count),
            });
        Publish(DispatchPriority.High, 5);
        Publish(DispatchPriority.Normal, 2);
        Publish(DispatchPriority.Low, 3);
        _bus.Start();
        _bus.StopDrained();
        Assert.That(losses, Is.EqualTo(new long[] { 3, 1 }));
    }

    [Test]
    public void A_handler_sees_the_priority_and_what_it_publishes_has_none_of_it()
    {
        var seen = new List<DispatchPriority>();
        _bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext context) => seen.Add(context.Priority));
        _bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext context) =>
        {
            seen.Add(context.Priority);
            _bus.Publish(new OrderShipped(1));
        });
        Publish(DispatchPriority.High, 1);
        Assert.That(seen, Is.EqualTo(new[] { DispatchPriority.High, DispatchPriority.Normal }));
    }

    [Test]
    public void A_priority_that_there_is_not_is_refused() =>
        Assert.That(
            () => new EventDetails { Priority = (DispatchPriority)7 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("7"));

    [Test]
    public void Any_publishers_and_priorities_at_once_lose_nothing()
    {
        const int PerThread = 3_000;
        long sum = 0;
        var last = new Dictionary<(int Thread, DispatchPriority Priority), int>();
        int overtaken = 0;
        _bus.Start();
        _bus.Subscribe<OrderCreated>(
            (in OrderCreated order, EventContext context) =>
            {
                int thread = order.Number / PerThread;
                sum += order.Number;
                if (last.TryGetValue((thread, context.Priority), out int before) && before >= order.Number)
                    overtaken++;
                last[(thread, context.Priority)] = order.Number;
            },
            new() { Mode = ProcessingMode.Async, MaxConcurrency = 1, QueueCapacity = 8, OverflowPolicy = OverflowPolicy.Wait });
        Threads.Start([.. Enumerable.Range(0, 3).Select(thread => (Action)(() =>
        {
            for (int i = 0; i < PerThread; i++)
            {
                DispatchPriority priority = All[(i * 7 + thread) % 3];
                Assert.That(_bus.Publish(new OrderCreated(thread * PerThread + i), Ids(priority)), Is.EqualTo(Kept));
            }
        }))]).Join();
        _bus.StopDrained();
        const long Count = 3L * PerThread;
        Assert.That((sum, overtaken), Is.EqualTo((Count * (Count - 1) / 2, 0)));
    }

    private const PublishOutcome Kept = PublishOutcome.Published;

    private static IEnumerable<DispatchPriority> Round() =>
    [
        .. Enumerable.Repeat(DispatchPriority.High, 8), .. Enumerable.Repeat(DispatchPriority.Normal, 4), DispatchPriority.Low,
    ];

    private static EventIds Ids(DispatchPriority priority) => new() { Details = new EventDetails { Priority = priority } };

    private IEnumerable<int> NumbersOf(DispatchPriority priority) =>
        _seen.Where(seen => seen.Priority == priority).Select(static seen => seen.Number);

    private PublishOutcome[] Publish(DispatchPriority priority, int count) =>
        [.. Enumerable.Range(0, count).Select(i => _bus.Publish(new OrderCreated(i), Ids(priority)))];

    private BusSubscription Subscribe(BusSubscriptionOptions<OrderCreated> options, Action? first = null) => _bus.Subscribe<OrderCreated>(
        (in OrderCreated order, EventContext context) =>
        {
            first?.Invoke();
            _seen.Add((context.Priority, order.Number));
        },
        options with { Mode = ProcessingMode.Async, MaxConcurrency = 1 });

    private static void SubscriptionStop(BusSubscription subscription, out long discarded)
    {
        var queue = subscription.Queue!;
        subscription.Dispose();
        discarded = queue.GetStatistics().Discarded;
    }
}
