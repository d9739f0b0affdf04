using System.Diagnostics;
using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>A bus that was never started says so, once, when its first event is queued.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NotStartedTests
{
    private readonly ListLog _log = new();

    [TestCase(ProcessingMode.Async)]
    [TestCase(ProcessingMode.Batch)]
    public void The_first_queued_event_is_reported_and_no_other(ProcessingMode mode)
    {
        EventBus bus = Make();
        bus.Subscribe<Tick>(_ => { }, new() { Mode = mode, Name = "ticks" });
        bus.Subscribe<Tick>(_ => { }, new() { Mode = mode });
        Assert.That(_log.Lines, Is.Empty);
        for (int i = 0; i < 3; i++)
            bus.Publish(new Tick(i));
        Assert.That(_log.Lines, Has.Count.EqualTo(1));
        Assert.That(_log.Lines[0], Does.StartWith("Warning BusNotStarted").And.Contain("shop").And.Contain("clock.tick")
            .And.Contain("\"ticks\"").And.Contain("Start()"));
    }

    [Test]
    public void Not_where_nothing_is_queued()
    {
        EventBus bus = Make();
        bus.Subscribe<Tick>(_ => { });
        bus.Publish(new Tick(1));
        bus.Publish(new Order(1));
        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void Not_by_a_bus_that_runs_or_has_stopped()
    {
        EventBus bus = Make();
        bus.Subscribe<Tick>(_ => Task.CompletedTask);
        bus.Start();
        bus.Publish(new Tick(1));
        bus.StopDrained();
        bus.Publish(new Tick(2));
        Assert.That(_log.Lines, Is.Empty);
    }

    [Test]
    public void A_log_that_throws_costs_no_event()
    {
        EventBus bus = Make();
        _log.Throws = true;
        BusSubscription subscription = bus.Subscribe<Tick>(_ => Task.CompletedTask);
        bus.Publish(new Tick(1));
        bus.Publish(new Tick(2));
        bus.StopDrained();
        Assert.That((subscription.DeliveredCount, subscription.ErrorCount, _log.Lines.Count), Is.EqualTo((2L, 0L, 1)));
    }

    [Test, NonParallelizable]
    public void Without_a_log_the_listeners_of_the_trace_hear_it()
    {
        using var text = new StringWriter();
        using var listener = new TextWriterTraceListener(text);
        Trace.Listeners.Add(listener);
        try
        {
            var bus = new EventBus("traced");
            bus.Subscribe<Tick>(_ => Task.CompletedTask);
            bus.Publish(new Tick(1));
        }
        finally
        {
            Trace.Listeners.Remove(listener);
        }

        Assert.That(text.ToString(), Does.Contain("Bus traced has queued its first event"));
    }

    [Test]
    public async Task The_log_of_a_factory_is_that_of_its_buses()
    {
        await using var factory = new EventBusFactory(logger: _log);
        EventBus bus = factory.Get("shop");
        bus.Subscribe<Tick>(_ => Task.CompletedTask);
        bus.Publish(new Tick(1));
        Assert.That(_log.Lines, Has.Count.EqualTo(1));
    }

    private EventBus Make() => new("shop", new EventBusOptions { Logger = _log });
}
