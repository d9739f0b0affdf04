using System.Globalization;
using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Messages;
using Engine.Bus.Monitoring;
using Engine.Bus.Routing;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Monitoring;

/// <summary>Every statistics type is legible text, the same in every culture.</summary>
internal sealed class StatisticsTextTests
{
    [Test]
    public void A_bus_prints_itself_with_all_its_parts()
    {
        var time = new ManualTime();
        EventBus bus = new("orders", new EventBusOptions { TimeProvider = time, Async = { DispatcherCount = 1 } });
        bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { }, new() { Name = "stock" });
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Name = "mail", Mode = ProcessingMode.Async });
        MessageSubscription bills = bus.SubscribeMessages<OrderCreated>(new() { Name = "bills" });
        for (int i = 0; i < 1500; i++)
            bus.Publish(new OrderCreated(i));
        bills.TryTake(out EventMessage message);
        message.Ack();
        using var restore = new Restore(CultureInfo.CurrentCulture);
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberGroupSeparator = "'" } };
        string[] lines = bus.GetStatistics().ToString().Split('\n');
        Assert.That(lines, Is.EqualTo(new[]
        {
            "bus \"orders\" Created: 1,500 published",
            "  topic order.created: 1,500 published to 3 subscriptions; envelopes 1,500 in use, 1,500 rented, 1,500 made",
            "  subscription \"stock\" (#1, order.created, Sync): 1,500 delivered, 0 errors",
            "  subscription \"mail\" (#2, order.created, Async): 0 delivered, 0 errors; "
                + "queue 1,500 of 4,096 (Async), 0 in flight, 0 succeeded, "
                + "0 failed, 0 retried, 0 lost; handler n 0; latency n 0",
            "  subscription \"bills\" (#3, order.created, Sync): 1,500 delivered, 0 errors",
            "  messages \"bills\" (#3): 1,499 waiting and 0 in flight of 4,096, "
                + "1 acked, 0 nacked, 0 expired, 0 parked, 0 rejected, 0 dropped; "
                + $"publish to ack {bills.GetStatistics().AckTime}",
            "  dispatchers: 0 of 1 active, 0 turns, 0 stolen, 1 queues ready",
        }));
    }

    [Test]
    public void No_statistics_type_prints_itself_as_a_list_of_members()
    {
        Type[] types = [.. new[] { typeof(EventBus), typeof(EventBusFactory) }
            .SelectMany(static type => type.Assembly.GetExportedTypes())
            .Where(static type => !type.IsInterface && !type.IsGenericType
                && type.Name.EndsWith("Statistics", StringComparison.Ordinal))];
        Assert.That(
            types.Select(static type => type.Name), Does.Contain(nameof(EventBusStatistics)).And.Contain(nameof(HandlerStatistics)));
        foreach (Type type in types)
        {
            // A record's own text has the name of each member; the compiler marks what it generated.
            System.Reflection.MethodInfo text = type.GetMethod("ToString", [])!;
            Assert.That(
                text.DeclaringType == type && !text.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), false),
                Is.True,
                type.FullName);
        }
    }

    [Test]
    public void Routers_and_parking_places_are_legible()
    {
        var router = new EventRouterStatistics(2000, 1, 2, 3, [new RouteStatistics("all", "order.*", 1994, 4)]);
        Assert.That(
            router.ToString(),
            Is.EqualTo(
                "router: 2,000 received, 1 filtered, 2 defaulted, 3 unrouted\n  route \"all\" (order.*): 1,994 delivered, 4 failed"));
    }

    [Test]
    public void Resources_and_handlers_are_a_line()
    {
        Assert.That(ResourceSnapshot.Take().ToString(), Does.Match("^working set .* MiB .*pending$"));
        Assert.That(
            new HandlerStatistics(1200, 3, 0, 2, DurationDistribution.Empty, 1_500_000).ToString(),
            Is.EqualTo("1,200 succeeded, 3 failed, 0 cancelled, 2 retried, mean 1.5 ms"));
    }

    private sealed class Restore(CultureInfo culture) : IDisposable
    {
        public void Dispose() => CultureInfo.CurrentCulture = culture;
    }
}
