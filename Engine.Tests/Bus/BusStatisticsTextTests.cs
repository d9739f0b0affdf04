using System.Diagnostics;
using System.Reflection;
using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>Statistics of a bus print themselves as people read them, and what people inspect shows itself in the debugger.</summary>
public class BusStatisticsTextTests
{
    [Test]
    public void A_bus_and_its_parts()
    {
        EventBus bus = new("orders");
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => { }, new() { Name = "stock" });
        bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => { }, new() { Name = "mail", Mode = ProcessingMode.Async, QueueCapacity = 2048 });
        for (int i = 0; i < 1234; i++)
            bus.Publish(new OrderCreated(i));
        EventBusStatistics statistics = bus.GetStatistics();
        Assert.Multiple(() =>
        {
            Assert.That(statistics.Subscriptions[0].ToString(), Is.EqualTo("\"stock\" (order.created), Sync: delivered 1,234, errors 0"));
            Assert.That(statistics.Subscriptions[1].ToString(), Is.EqualTo(
                "\"mail\" (order.created), Async: delivered 0, errors 0; queued 1,234 of 2,048, in flight 0"));
            Assert.That(statistics.Topics[0].ToString(), Does.StartWith("order.created: published 1,234, subscriptions 2"));
            Assert.That(statistics.ToString().Split("\n  "), Is.EqualTo(new[]
            {
                "bus \"orders\": Created, event types 1, subscriptions 2",
                $"dispatchers: {statistics.Dispatchers}",
                statistics.Topics[0].ToString(),
                statistics.Subscriptions[0].ToString(),
                statistics.Subscriptions[1].ToString(),
            }));
            Assert.That(new BusDispatchStatistics(2, 1, 3000, 4, 5).ToString(), Is.EqualTo("2, active 1, turns 3,000, stolen 4, ready 5"));
            Assert.That(new PoolStatistics(10, 2000, 3).ToString(), Is.EqualTo("created 10, taken 2,000, in use 3"));
            Assert.That(
                new BusTopicStatistics("a.b", 1, 2, new PoolStatistics(1, 2, 0), default).ToString(),
                Is.EqualTo("a.b: published 1, subscriptions 2; pooled events: created 1, taken 2, in use 0"));
            Assert.That((bus.ToString(), bus.GetTopic<OrderCreated>().ToString()), Is.EqualTo(
                ("bus \"orders\" (Created)", "order.created on bus \"orders\"")));
        });
        bus.StopDrained();
    }

    [Test]
    public void The_debugger_shows_a_context_without_making_its_id()
    {
        var bus = new EventBus();
        var shown = new List<string>();
        bus.Subscribe<Number>((in Number _, EventContext context) =>
        {
            shown.Add(Shown(context));
            Guid id = context.Id;
            shown.Add(Shown(context).Replace(id.ToString(), "ID", StringComparison.Ordinal));
        });
        bus.Publish(new Number(1));
        Assert.That(shown, Is.EqualTo(new[] { "test.number, no id yet, depth 0, attempt 1", "test.number, ID, depth 0, attempt 1" }));
    }

    [TestCase(typeof(EventBus))]
    [TestCase(typeof(EventContext))]
    [TestCase(typeof(BusSubscription))]
    [TestCase(typeof(BusTopic<Number>))]
    public void The_debugger_has_something_to_show(Type type) => Assert.That(type.GetCustomAttribute<DebuggerDisplayAttribute>(), Is.Not.Null);

    private static string Shown(EventContext context) =>
        (string)typeof(EventContext).GetProperty("DebuggerDisplay", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(context)!;
}
