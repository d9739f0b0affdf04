using Engine.Events;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

public class LifecycleTests
{
    [Test]
    public void An_engine_goes_through_its_states_once()
    {
        EventEngine engine = Engines.Build();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Created));
        engine.Start();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Running));
        engine.StopDrained();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Stopped));
    }

    [Test]
    public void Starting_twice_is_an_error_that_names_the_state()
    {
        EventEngine engine = Engines.Start();
        Assert.That(
            Assert.Throws<InvalidOperationException>(engine.Start).Message, Does.Contain("can be started once").And.Contain("Running"));
        engine.StopDrained();
        Assert.That(Assert.Throws<InvalidOperationException>(engine.Start).Message, Does.Contain("Stopped"));
    }

    [Test]
    public void A_stopped_engine_takes_no_new_producers_or_lanes()
    {
        EventEngine engine = Engines.Start();
        Engine.Publish.EventProducer producer = engine.CreateProducer();
        engine.StopDrained();
        Assert.Multiple(() =>
        {
            Assert.That(Assert.Throws<InvalidOperationException>(() => engine.CreateProducer())!.Message, Does.Contain("has been stopped"));
            Assert.That(
                Assert.Throws<InvalidOperationException>(() => producer.GetLane<Number>())!.Message, Does.Contain("has been stopped"));
            Assert.That(
                Assert.Throws<InvalidOperationException>(() => engine.GetSharedLane<Number>())!.Message, Does.Contain("has been stopped"));
        });
    }

    [Test]
    public void Stopping_twice_gives_the_first_report()
    {
        EventEngine engine = Engines.Start();
        Task<StopReport> first = engine.StopAsync();
        Assert.That(engine.StopAsync(TimeSpan.Zero), Is.SameAs(first));
        Eventually.Result(first);
    }

    [Test]
    public void Stopping_from_several_threads_at_once_gives_one_report()
    {
        EventEngine engine = Engines.Start();
        var reports = new StopReport[4];
        Threads.Run(4, i => reports[i] = engine.Stop());
        Assert.That(reports, Is.All.SameAs(reports[0]));
    }

    [Test]
    public async Task Disposing_stops()
    {
        EventEngine engine;
        await using (engine = Engines.Start())
        {
        }

        await engine.DisposeAsync();
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Stopped));
    }

    [Test]
    public void Stopping_before_the_start_reports_what_is_buffered()
    {
        EventEngine engine = Engines.Build();
        engine.Subscribe((in Number _, in Envelope _) => { });
        engine.Subscribe((in Letter _, in Envelope _) => { });
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[3]);
        engine.GetSharedLane<Letter>().PublishBatch(new Letter[2]);
        StopReport report = engine.Stop();
        Assert.Multiple(() =>
        {
            Assert.That((report.IsDrained, report.LeftCount), Is.EqualTo((false, 5)));
            Assert.That(report.Left, Is.EqualTo(new[] { new LeftEvents("test.number", 3), new LeftEvents("test.letter", 2) }));
        });
    }

    [Test]
    public void A_negative_timeout_is_an_error_and_stops_nothing()
    {
        EventEngine engine = Engines.Start();
        ArgumentOutOfRangeException error = Thrown.By<ArgumentOutOfRangeException>(
            () => engine.StopAsync(TimeSpan.FromTicks(-1)));
        Assert.That(error.ParamName, Is.EqualTo("timeout"));
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Running));
        engine.StopDrained();
    }

    [Test]
    public void A_timeout_may_be_as_long_as_one_likes()
    {
        EventEngine engine = Engines.Start();
        Assert.That(engine.Stop(TimeSpan.MaxValue).IsDrained, Is.True);
        Assert.That(engine.State, Is.EqualTo(LifecycleState.Stopped));
    }

    [Test]
    public void Stop_dispatches_everything_published_before([Values] WaitStrategyKind wait, [Values(1, 3)] int dispatchers)
    {
        EventEngine engine = Engines.Start(
            capacity: 1024, configure: options => (options.WaitStrategy, options.DispatcherCount) = (wait, dispatchers));
        long numbers = 0;
        long letters = 0;
        engine.Subscribe((in Number _, in Envelope _) => numbers++);
        engine.Subscribe((in Letter _, in Envelope _) => letters++);
        engine.CreateProducer().GetLane<Number>().PublishBatch(new Number[1000]);
        engine.GetSharedLane<Letter>().PublishBatch(new Letter[1000]);
        engine.StopDrained();
        Assert.That((numbers, letters), Is.EqualTo((1000, 1000)));
    }

    [Test]
    public void A_stop_that_runs_out_of_time_reports_exactly_what_is_left()
    {
        EventEngine engine = Engines.Start(configure: options => options.OnHandlerError = _ => { });
        using var isHanging = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number number, in Envelope _) =>
        {
            if (number.Value != 3)
                return;
            isHanging.Set();
            goOn.Wait();
        });
        Engine.Publish.EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        for (int i = 0; i < 3; i++)
        {
            lane.Publish(new Number(i));
            Eventually.IsTrue(() => lane.Ledger.Dispatched == i + 1);
        }

        lane.Publish(new Number(3));
        Eventually.IsOpen(isHanging);
        for (int i = 4; i < 20; i++)
            lane.Publish(new Number(i));
        StopReport report = engine.Stop(TimeSpan.FromMilliseconds(1));
        Assert.Multiple(() =>
        {
            Assert.That(report.IsDrained, Is.False);
            Assert.That(report.Left, Is.EqualTo(new[] { new LeftEvents("test.number", 17) }));
            Assert.That((lane.Ledger.Dispatched, lane.Ledger.Buffered), Is.EqualTo((3, 17)));
        });
        goOn.Set();
        Assert.That(engine.Dispatcher.WhenEnded().Wait(Eventually.HangGuard), Is.True);
        Assert.That((lane.Ledger.Dispatched, lane.Ledger.Buffered), Is.EqualTo((3, 17)), "As in the report.");
        LedgerAssert.Balances(lane.Ledger, 20);
    }

    [Test]
    public void A_cancelled_stop_ends_as_a_timeout_does()
    {
        EventEngine engine = Engines.Start();
        using var isHanging = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.Subscribe((in Number _, in Envelope _) =>
        {
            isHanging.Set();
            goOn.Wait();
        });
        engine.CreateProducer().GetLane<Number>().Publish(new Number(1));
        Eventually.IsOpen(isHanging);
        using var cancellation = new CancellationTokenSource();
        Task<StopReport> stop = engine.StopAsync(Eventually.HangGuard, cancellation.Token);
        cancellation.Cancel();
        Assert.That(Eventually.Result(stop).LeftCount, Is.EqualTo(1));
        goOn.Set();
    }

    [Test]
    public void A_stop_does_not_wait_for_a_long_poll_gap()
    {
        EventEngine engine = Engines.Start(configure: options =>
        {
            options.BatchSizing.Mode = BatchSizingMode.Fixed;
            options.BatchSizing.PollGap = TimeSpan.FromSeconds(1);
        });
        long seen = 0;
        engine.Subscribe((in Number _, in Envelope _) => Interlocked.Increment(ref seen));
        Engine.Publish.EventLane<Number> lane = engine.CreateProducer().GetLane<Number>();
        lane.Publish(new Number(1));
        Eventually.IsTrue(() => Interlocked.Read(ref seen) == 1);
        lane.Publish(new Number(2));
        engine.StopDrained();
        Assert.That(seen, Is.EqualTo(2));
    }
}
