#pragma warning disable ENGINE001 // The old types are what is tested.
using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Compatibility;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Compatibility;

public class AsyncEventBusTests
{
    [Test]
    public void Queued_events_are_handled_after_the_start_in_order_and_on_another_thread()
    {
        var bus = new AsyncEventBus();
        var seen = new List<(string? Id, bool IsPool)>();
        bus.Subscribe("a.b", new SimpleEventHandler(e => seen.Add((e.AggregateId, Thread.CurrentThread.IsThreadPoolThread))));
        PublishOutcome[] outcomes =
        [
            .. Enumerable.Range(0, 3).Select(i => Eventually.Result(bus.PublishAsync(new OldEvent("a.b", $"{i}")).AsTask())),
        ];
        Assert.That((seen.Count, bus.Stats.QueueLength), Is.EqualTo((0, 3)));
        bus.Start();
        bus.Start();
        Assert.That(Eventually.Result(bus.StopAsync()).IsDrained, Is.True);
        Assert.That(outcomes, Has.All.EqualTo(PublishOutcome.Published));
        Assert.That(seen, Is.EqualTo(new[] { ("0", true), ("1", true), ("2", true) }));
        Assert.That(() => bus.Start(), Throws.InvalidOperationException);
    }

    [Test]
    public void Published_synchronously_the_handler_has_run_when_the_call_returns()
    {
        var bus = new AsyncEventBus();
        int thread = 0;
        bus.Subscribe("a.b", new SimpleEventHandler(_ => thread = Environment.CurrentManagedThreadId));
        bus.PublishSync(new OldEvent("a.b"));
        Assert.That(thread, Is.EqualTo(Environment.CurrentManagedThreadId));
        Assert.That((bus.Stats.Processed, bus.Stats.QueueLength), Is.EqualTo((1L, 0)));
    }

    [Test]
    public void A_failed_handler_is_tried_again_as_often_as_configured_and_stops_nobody()
    {
        var time = new ManualTime();
        var bus = new AsyncEventBus(
            new EventBus("async", new EventBusOptions { TimeProvider = time }),
            new AsyncEventBusConfig { MaxRetries = 2, BatchSize = 7 },
            time);
        int tries = 0;
        int others = 0;
        bus.Subscribe("a.b", new SimpleEventHandler(_ =>
        {
            Interlocked.Increment(ref tries);
            throw new InvalidOperationException("broken");
        }));
        bus.Subscribe("a.b", new SimpleEventHandler(_ => Interlocked.Increment(ref others)));
        bus.Start();
        Eventually.Result(bus.PublishAsync(new OldEvent("a.b")).AsTask());
        Eventually.IsTrue(() => Advanced() && bus.Stats is { Processed: 1, Failed: 1 });
        Assert.That((tries, others), Is.EqualTo((3, 1)));
        Assert.That(bus.Stats, Is.EqualTo(new AsyncEventBusStats(1, 1, 2, 0, 7)));
        Eventually.Result(bus.StopAsync());

        bool Advanced()
        {
            time.Advance(TimeSpan.FromMinutes(1));
            return true;
        }
    }

    [Test]
    public void Events_are_taken_in_batches_as_the_older_bus_did_and_handled_one_by_one()
    {
        var time = new ManualTime();
        var bus = new AsyncEventBus(
            new EventBus("async", new EventBusOptions { TimeProvider = time }),
            new AsyncEventBusConfig { BatchSize = 3, BatchInterval = TimeSpan.FromMilliseconds(20) });
        var seen = new ConcurrentQueue<string>();
        bus.Subscribe("a.b", new SimpleEventHandler(e => seen.Enqueue(((OldEvent)e).AggregateId!)));
        bus.Start();
        Publish("1", "2");
        Assert.That((bus.Stats.QueueLength, seen.Count), Is.EqualTo((2, 0)), "They wait for a third.");
        Publish("3");
        Eventually.IsTrue(() => bus.Stats.Processed == 3);
        Publish("4");
        Assert.That((bus.Stats.QueueLength, seen.Count), Is.EqualTo((1, 3)));
        Eventually.IsTrue(() => Advanced() && bus.Stats.Processed == 4);
        Publish("5");
        bus.Stop();
        Assert.That(seen, Is.EqualTo(new[] { "1", "2", "3", "4", "5" }));

        // More than once: the wait begins when the runner of the batch before has left.
        bool Advanced()
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            return true;
        }

        void Publish(params string[] names)
        {
            foreach (string name in names)
                Eventually.Result(bus.PublishAsync(new OldEvent("a.b", name)).AsTask());
        }
    }

    [Test]
    public void Unsubscribing_ends_all_ways_to_the_handler()
    {
        var bus = new AsyncEventBus();
        int calls = 0;
        long first = bus.Subscribe("disk.attached", new SimpleEventHandler(_ => calls++));
        long second = bus.Subscribe("disk.attached", new SimpleEventHandler(_ => calls++));
        Assert.That(bus.Unsubscribe("disk.detached", first), Is.False);
        Assert.That((bus.UnsubscribeById(first), bus.Bus.Unsubscribe(second)), Is.EqualTo((true, true)));
        bus.Start();
        bus.PublishSync(new OldEvent("disk.attached"));
        Eventually.Result(bus.PublishAsync(new OldEvent("disk.attached")).AsTask());
        Eventually.Result(bus.PublishAsync(new DiskAttached(1)).AsTask());
        bus.Stop();
        Assert.That(calls, Is.Zero);
        Assert.That(bus.UnsubscribeById(second), Is.False);
    }

    [Test]
    public void Both_old_buses_and_new_code_share_one_bus()
    {
        var bus = new EventBus();
        var async = new AsyncEventBus(bus);
        var domain = new DomainEventBus(bus);
        var seen = new ConcurrentBag<string>();
        async.Subscribe("disk.attached", new SimpleEventHandler(_ => seen.Add("async")), new VmIdFilter("vm-1"));
        domain.Subscribe("disk.attached", new SimpleEventHandler(_ => seen.Add("domain")));
        bus.Subscribe<DiskAttached>((in DiskAttached _, EventContext _) => seen.Add("typed"));
        async.Start();
        Eventually.Result(async.PublishAsync(new DiskAttached(1)).AsTask());
        domain.Publish(new OldEvent("disk.attached", "vm-1"));
        async.PublishSync(new OldEvent("disk.attached", "vm-2"));
        async.Stop();
        Assert.That(seen.Order(), Is.EqualTo(new[] { "async", "async", "domain", "domain", "domain", "typed" }));
    }

    [Test]
    public void Bad_configuration_is_refused()
    {
        Assert.That(() => new AsyncEventBus(new AsyncEventBusConfig { MaxRetries = -1 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AsyncEventBus(new AsyncEventBusConfig { BatchSize = 0 }), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AsyncEventBus(bus: null!), Throws.ArgumentNullException);
    }
}
