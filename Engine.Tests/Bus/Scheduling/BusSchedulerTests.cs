using System.Collections.Concurrent;
using Engine.Bus;
using Engine.Bus.Scheduling;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Scheduling;

/// <summary>Who runs what is ready: by priority, and although others are blocked.</summary>
public class BusSchedulerTests
{
    [Test]
    public void One_dispatcher_serves_all_priorities_by_their_weights()
    {
        var scheduler = new BusScheduler(1);
        var log = new ConcurrentQueue<DispatchPriority>();
        var all = new CountdownEvent(3 * 60);
        foreach (DispatchPriority priority in (DispatchPriority[])[DispatchPriority.Low, DispatchPriority.Normal, DispatchPriority.High])
        {
            for (int i = 0; i < 60; i++)
            {
                scheduler.Schedule(new Work(0, priority, () =>
                {
                    log.Enqueue(priority);
                    all.Signal();
                    return false;
                }));
            }
        }

        scheduler.Start();
        Assert.That(all.Wait(Eventually.HangGuard));
        DispatchPriority[] first = [.. log.Take(26)];
        Assert.That(first.Count(static p => p == DispatchPriority.High), Is.EqualTo(16));
        Assert.That(first.Count(static p => p == DispatchPriority.Normal), Is.EqualTo(8));
        Assert.That(first.Count(static p => p == DispatchPriority.Low), Is.EqualTo(2));
    }

    [Test]
    public void Work_of_a_blocked_dispatcher_is_done_by_another_one_that_is_busy_for_ever()
    {
        var scheduler = new BusScheduler(2);
        var gate = new ManualResetEventSlim();
        var blocked = new ManualResetEventSlim();
        var stolen = new ManualResetEventSlim();
        bool isOver = false;
        scheduler.Start();
        scheduler.Schedule(new Work(0, DispatchPriority.Normal, () =>
        {
            blocked.Set();
            return gate.Wait(Eventually.HangGuard) && false;
        }));
        Eventually.IsOpen(blocked);
        scheduler.Schedule(new Work(1, DispatchPriority.High, () => !Volatile.Read(ref isOver)));
        scheduler.Schedule(new Work(0, DispatchPriority.Low, () =>
        {
            stolen.Set();
            return false;
        }));
        Eventually.IsOpen(stolen);
        Assert.That(scheduler.GetStatistics().StealCount, Is.GreaterThanOrEqualTo(1));
        Volatile.Write(ref isOver, true);
        gate.Set();
        Eventually.IsTrue(() => scheduler.GetStatistics() is { ActiveCount: 0, ReadyCount: 0 });
    }

    [Test]
    public void Where_handlers_block_all_dispatchers_another_one_is_added()
    {
        var time = new ManualTime();
        EventBus bus = Buses.Started(new EventBusOptions
        {
            TimeProvider = time,
            DefaultMode = ProcessingMode.Async,
            Async = new AsyncOptions { DispatcherCount = 2 },
        });
        var gate = new ManualResetEventSlim();
        int blocked = 0;
        int calls = 0;
        for (int i = 0; i < 2; i++)
        {
            bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) =>
            {
                Interlocked.Increment(ref blocked);
                gate.Wait();
            });
        }

        bus.Publish(new OrderCreated(1));
        Eventually.IsTrue(() => Volatile.Read(ref blocked) == 2);
        bus.Subscribe<OrderShipped>((in OrderShipped _, EventContext _) => Interlocked.Increment(ref calls));
        bus.Publish(new OrderShipped(1));
        // The first look only notes how far the dispatchers are.
        Eventually.IsTrue(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            bus.Tune();
            return Volatile.Read(ref calls) == 1;
        });
        Assert.That(bus.GetStatistics().Dispatchers.DispatcherCount, Is.GreaterThan(2));
        gate.Set();
        bus.StopDrained();
    }

    [Test]
    public void What_a_handler_leaves_in_the_ambient_state_stays_with_it()
    {
        var ambient = new AsyncLocal<string?>();
        EventBus bus = Buses.Started(new EventBusOptions { DefaultMode = ProcessingMode.Async, Async = { DispatcherCount = 1 } });
        var seen = new List<string?>();
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => ambient.Value = "left behind");
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => seen.Add(ambient.Value));
        for (int i = 0; i < 50; i++)
            bus.Publish(new OrderCreated(i));
        bus.StopDrained();
        Assert.That(seen, Has.Count.EqualTo(50).And.All.Null);
    }

    [Test]
    public void No_work_is_left_behind_between_a_schedulers_look_and_a_dispatchers_sleep([Values(1, 2)] int dispatchers) =>
        ScheduleAndGoIdle(dispatchers, rounds: 30_000);

    [Test, Explicit("Runs for minutes."), Category("Soak")]
    public void Soak([Values(1, 2, 4)] int dispatchers) => ScheduleAndGoIdle(dispatchers, rounds: 50_000_000);

    private static void ScheduleAndGoIdle(int dispatchers, int rounds)
    {
        var scheduler = new BusScheduler(dispatchers);
        scheduler.Start();
        // Each piece of work is scheduled anew as soon as it has run, so that dispatchers go to sleep all the time.
        Threads.Run(2, index =>
        {
            long done = 0;
            var work = new Work(index, (DispatchPriority)index, () =>
            {
                Volatile.Write(ref done, done + 1);
                return false;
            });
            for (int i = 1; i <= rounds; i++)
            {
                scheduler.Schedule(work);
                int round = i;
                Eventually.IsTrue(() => Volatile.Read(ref done) == round);
            }
        });
        Eventually.IsTrue(() => scheduler.GetStatistics() is { ActiveCount: 0, ReadyCount: 0 });
        Assert.That(scheduler.TurnCount, Is.EqualTo(2L * rounds));
    }

    private sealed class Work(int home, DispatchPriority priority, Func<bool> turn) : IScheduled
    {
        public DispatchPriority Priority => priority;

        public int Home => home;

        public bool RunTurn() => turn();
    }
}
