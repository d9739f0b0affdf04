using System.Reflection;
using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Messages;
using Engine.Bus.Routing;
using Engine.Hosting;
using Engine.Subscriptions.Filters;
using Engine.Tests.Architecture;
using Engine.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>Plain lambdas where else lambdas are taken: routers, messages, and the engine itself.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OtherLambdaTests
{
    private readonly List<string> _seen = [];

    [Test]
    public void A_router_takes_them()
    {
        EventRouter router = new EventRouterBuilder()
            .Filter<Order>(order => order.Amount >= 0)
            .Route<Order>("small", order => _seen.Add($"small {order.Number}"), when: order => order.Amount < 100)
            .Route<Order>("large", (order, c) => _seen.Add($"large {order.Number} {c.EventType.Name}"), when: order => order.Amount >= 100)
            .Route<Order>("all", order => _seen.Add($"all {order.Number}"))
            .RoutePattern("clock", "clock.*", c => _seen.Add($"clock {c.Payload}"))
            .Default(c => _seen.Add("default"))
            .Build();
        var bus = new EventBus();
        bus.Subscribe("**", router);
        bus.Publish(new Order(1, 5));
        bus.Publish(new Order(2, 500));
        bus.Publish(new Order(3, -1));
        bus.Publish(new Tick(4));
        bus.Publish(new OrderShipped(1));
        Assert.That(_seen, Is.EqualTo(new[]
        {
            "small 1", "all 1", "large 2 order.placed", "all 2", $"clock {new Tick(4)}", "default",
        }));
    }

    [Test]
    public void An_asynchronous_router_too_and_decorated_handlers_of_either_kind()
    {
        var stats = new StatsEventHandler<Order>(BusHandler.CreateAsync<Order>(async o => { await Task.Yield(); Add("stats"); }));
        var byName = new StatsEventHandler(BusHandler.CreateAnyAsync(async (_, _) => { await Task.Yield(); Add("by name"); }));
        AsyncEventRouter router = new EventRouterBuilder()
            .Route<Order>("task", async order => { await Task.Yield(); Add($"task {order.Number}"); }, when: order => order.Number > 0)
            .Route<Order>("context", async (order, c) => { await Task.Yield(); Add($"context {c.Depth}"); })
            .Route("stats", stats)
            .RoutePattern("by name", "order.*", byName)
            .BuildAsync();
        EventBus bus = Buses.Started();
        bus.Subscribe("**", router);
        bus.Publish(new Order(1));
        bus.StopDrained();
        Assert.That(_seen, Is.EqualTo(new[] { "task 1", "context 0", "stats", "by name" }));
        Assert.That((stats.GetStatistics().Succeeded, byName.GetStatistics().Succeeded), Is.EqualTo((1L, 1L)));
    }

    [Test]
    public async Task Messages_take_them_and_have_the_same_filter_options()
    {
        EventBus bus = Buses.Started();
        MessageSubscription<Order> orders = bus.SubscribeMessages<Order>(
            new() { Where = o => o.Amount > 100, Filter = AnyEventFilter.OfTypes("order.placed") });
        MessageSubscription all = bus.SubscribeMessages("**", new() { Filter = AnyEventFilter.OfTypes("clock.tick") });
        bus.Publish(new Order(1, 5));
        bus.Publish(new Order(2, 500));
        bus.Publish(new Tick(1));
        Task first = orders.RunAsync(message => Add($"order {message.Payload.Number}"));
        Task second = all.RunAsync(async message => { await Task.Yield(); Add(message.EventType.Name); });
        bus.StopDrained();
        await Task.WhenAll(first, second);
        Assert.That(_seen, Is.EquivalentTo(new[] { "order 2", "clock.tick" }));
    }

    [Test]
    public async Task Messages_are_taken_without_naming_their_type()
    {
        await using EventBus bus = Buses.Started();
        await using MessageSubscription<Order> orders = bus.SubscribeMessages<Order>();
        await using MessageSubscription all = bus.SubscribeMessages("**");
        bus.Publish(new Order(1, 5));
        while (orders.TryTake(out var order))
        {
            Add($"order {order.Payload.Number}");
            order.Ack();
        }

        while (all.TryTake(out var message))
        {
            Add(message.EventType.Name);
            message.Ack();
        }

        bus.Publish(new Order(2, 5));
        Assert.That(orders.TryTake(out EventMessage untyped), Is.True);
        Add(untyped.EventType.Name);
        Assert.That(_seen, Is.EqualTo(new[] { "order 1", "order.placed", "order.placed" }));
    }

    [Test]
    public async Task Services_take_them()
    {
        await using ServiceProvider services =
            new ServiceCollection().AddEventBus("orders", o => o.MaxDepth = 3).BuildServiceProvider();
        Assert.That(services.GetRequiredService<IOptionsMonitor<EventBusOptions>>().Get("orders").MaxDepth, Is.EqualTo(3));
    }

    [Test]
    public void Nothing_public_differs_only_in_what_comes_out_so_that_var_stands_for_it()
    {
        IEnumerable<string> ambiguous =
            from assembly in OptionTables.Shipped
            from type in assembly.GetExportedTypes()
            from methods in type.GetMethods(
                    BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(static method => !method.IsGenericMethod && method.GetParameters().Any(static parameter => parameter.IsOut))
                .GroupBy(static method => $"{method.Name}({string.Join(", ", method.GetParameters().Select(
                    static parameter => parameter.IsOut ? "out" : parameter.ParameterType.ToString()))})")
            where methods.Count() > 1
            select $"{type.FullName}.{methods.Key}";
        Assert.That(ambiguous, Is.Empty);
    }

    [Test]
    public void An_engine_takes_them()
    {
        EventEngine engine = new EngineBuilder().AddEvent<Tick>().Configure(static o => o.DispatcherCount = 1).Build();
        engine.Subscribe<Tick>(t => Add($"one {t.Value}"), new() { Where = t => t.Value > 1 });
        engine.Subscribe<Tick>((t, envelope) => Add($"two {t.Value} {envelope.Producer.Name}"));
        engine.SubscribeBatch<Tick>(events => Add($"batch {events.Length}"), new() { Where = t => t.Value > 5 });
        engine.Start();
        using (var producer = engine.CreateProducer("p"))
        {
            producer.GetLane<Tick>().Publish(new Tick(1));
            producer.GetLane<Tick>().Publish(new Tick(2));
        }

        engine.StopDrained();
        Assert.That(_seen, Is.EquivalentTo(new[] { "two 1 p", "one 2", "two 2 p" }));
    }

    private void Add(string line)
    {
        lock (_seen)
            _seen.Add(line);
    }
}
