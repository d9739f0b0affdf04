using System.Diagnostics;
using System.Reflection;
using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>What people inspect shows itself in the debugger.</summary>
public class DebuggerDisplayTests
{
    [Test]
    public void A_bus_and_a_topic_name_themselves()
    {
        var bus = new EventBus("orders");
        Assert.That((bus.ToString(), bus.GetTopic<OrderCreated>().ToString()), Is.EqualTo(
            ("bus \"orders\" (Created)", "order.created on bus \"orders\"")));
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
