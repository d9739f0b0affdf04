using Engine.Bus;
using Engine.Events;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>Events of an engine that go through a bus.</summary>
public class AttachTests
{
    [Test]
    public async Task Events_of_an_engine_reach_those_who_subscribe_on_the_bus()
    {
        EventEngine engine = Engines.Start();
        var bus = new EventBus();
        bus.Start();
        EngineAttachment attachment = bus.Attach(engine);
        var numbers = new List<(long Value, string Producer, long Sequence)>();
        var names = new List<string>();
        bus.Subscribe<Number>(
            (in Number number, EventContext context) => numbers.Add((number.Value, context.Producer.Name, context.Sequence)));
        bus.Subscribe("test.*", new NameList(names), new() { Mode = ProcessingMode.Async });
        using (EventProducer producer = engine.CreateProducer("vcpu0"))
        {
            EventLane<Number> lane = producer.GetLane<Number>();
            for (int i = 0; i < 1000; i++)
                lane.Publish(new Number(i));
        }

        Assert.That((await engine.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained);
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(0, 1000).Select(static i => ((long)i, "vcpu0", (long)i))));
        Assert.That(names, Has.Count.EqualTo(1000).And.All.EqualTo("test.number from vcpu0"));
        Assert.That((attachment.EventCount, attachment.LostEventCount), Is.EqualTo((1000L, 0L)));
    }

    [Test]
    public void The_engine_is_subscribed_only_while_somebody_on_the_bus_is()
    {
        EventEngine engine = Engines.Start();
        var bus = new EventBus();
        EngineAttachment attachment = bus.Attach(engine, static descriptor => descriptor.Name != "test.letter");
        using EventProducer producer = engine.CreateProducer("vcpu0");
        EventLane<Number> numbers = producer.GetLane<Number>();
        EventLane<Letter> letters = producer.GetLane<Letter>();
        Assert.That(numbers.IsEnabled, Is.False);
        BusSubscription byType = bus.Subscribe<Number>((in Number _, EventContext _) => { });
        BusSubscription byPattern = bus.Subscribe("**", new NameList([]));
        Assert.That((numbers.IsEnabled, letters.IsEnabled), Is.EqualTo((true, false)));
        byType.Dispose();
        Assert.That(numbers.IsEnabled);
        byPattern.Dispose();
        Assert.That(numbers.IsEnabled, Is.False);
        bus.Subscribe<Number>((in Number _, EventContext _) => { });
        Assert.That(numbers.IsEnabled);
        attachment.Dispose();
        attachment.Dispose();
        Assert.That(numbers.IsEnabled, Is.False);
    }

    [Test]
    public async Task A_handler_that_ends_the_last_subscription_from_within_does_not_wait_for_itself()
    {
        EventEngine engine = Engines.Start();
        var bus = new EventBus();
        bus.Attach(engine);
        int seen = 0;
        BusSubscription? subscription = null;
        subscription = bus.Subscribe<Number>((in Number _, EventContext _) =>
        {
            seen++;
            subscription!.Dispose();
            bus.Subscribe<Letter>((in Letter _, EventContext _) => { });
        });
        using EventProducer producer = engine.CreateProducer("vcpu0");
        for (int i = 0; i < 100; i++)
            producer.GetLane<Number>().Publish(new Number(i));
        Eventually.IsTrue(() => producer.GetLane<Letter>().IsEnabled && !producer.GetLane<Number>().IsEnabled);
        await engine.StopAsync(Eventually.HangGuard);
        Assert.That(seen, Is.EqualTo(1));
    }

    private sealed class NameList(List<string> names) : IBusAnyHandler
    {
        public void Handle<T>(in T @event, EventContext context)
            where T : IEvent<T> =>
            names.Add($"{context.EventType.Name} from {context.Producer.Name}");
    }
}
