using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Messages;
using Engine.Bus.Routing;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Routing;

public class AsyncEventRouterTests
{
    [Test]
    public void Routes_may_wait_and_run_in_the_order_of_addition()
    {
        EventBus bus = Buses.Started();
        var log = new List<string>();
        AsyncEventRouter router = new EventRouterBuilder()
            .Route<OrderCreated>("slow", async (order, _, token) =>
            {
                await Task.Delay(1, token);
                log.Add($"slow {order.Number}");
            })
            .Route<OrderCreated>("sync", (in OrderCreated order, EventContext _) => log.Add($"sync {order.Number}"))
            .Route<OrderCreated>("task", (order, _, token) => Task.Run(() => log.Add($"task {order.Number}"), token))
            .RoutePattern("all", "order.*", BusHandler.CreateAnyAsync(async (context, _) =>
            {
                await Task.Yield();
                log.Add(context.EventType.Name);
            }))
            .Default(BusHandler.CreateAny(context => log.Add("default " + context.EventType.Name)))
            .BuildAsync();
        bus.Subscribe("**", router);
        bus.Publish(new OrderCreated(1));
        bus.Publish(new OrderCreated(2));
        bus.Publish(new Number(3));
        bus.StopDrained();
        Assert.That(log, Is.EqualTo(new[]
        {
            "slow 1", "sync 1", "task 1", "order.created", "slow 2", "sync 2", "task 2", "order.created", "default test.number",
        }));
        Assert.That(router.GetStatistics(), Has.Property("Received").EqualTo(3).And.Property("Defaulted").EqualTo(1));
    }

    [Test]
    public void A_router_with_an_asynchronous_route_is_made_as_such()
    {
        EventRouterBuilder builder = new EventRouterBuilder().Route<OrderCreated>("slow", async (_, _, _) => await Task.Yield());
        Assert.That(
            () => builder.Build(), Throws.InvalidOperationException.With.Message.Contains("\"slow\"").And.Message.Contains("BuildAsync"));
        var other = new EventRouterBuilder();
        other.Default(BusHandler.CreateAnyAsync(static (_, _) => default));
        Assert.That(() => other.Build(), Throws.InvalidOperationException.With.Message.Contains("BuildAsync"));
        Assert.That(() => other.Default(BusHandler.CreateAny(static _ => { })), Throws.InvalidOperationException);
        Assert.That(() => new EventRouterBuilder().BuildAsync(), Throws.InvalidOperationException);
    }

    [Test]
    public async Task Messages_are_acked_when_routed_or_filtered_out_and_nacked_otherwise()
    {
        EventBus bus = Buses.Started();
        MessageSubscription messages = bus.SubscribeMessages("**", new MessageSubscriptionOptions { Retry = new() { MaxAttempts = 1 } });
        var seen = new List<int>();
        AsyncEventRouter router = new EventRouterBuilder()
            .Filter<OrderCreated>(static (in OrderCreated order) => order.Number != 2)
            .Route<OrderCreated>("orders", async (order, _, _) =>
            {
                await Task.Yield();
                seen.Add(order.Number);
                if (order.Number == 3)
                    throw new InvalidOperationException("no stock");
            })
            .BuildAsync();
        Task run = messages.RunAsync(router);
        for (int i = 1; i <= 3; i++)
            bus.Publish(new OrderCreated(i));
        bus.Publish(new OrderShipped(4));
        bus.StopDrained();
        await run.WaitAsync(Eventually.HangGuard);
        Assert.That(seen, Is.EqualTo(new[] { 1, 3 }));
        Assert.That(messages.GetStatistics(), Has.Property("Acked").EqualTo(2).And.Property("Nacked").EqualTo(2));
        Assert.That(
            messages.GetParked().Select(static parked => parked.Failure.Exception?.GetType()),
            Is.EqualTo(new[] { typeof(InvalidOperationException), typeof(UnroutedEventException) }));
    }

    [Test]
    public void What_one_route_throws_stops_no_other_and_all_of_it_is_passed_on()
    {
        var errors = new List<Exception>();
        EventBus bus = Buses.Started(new EventBusOptions { OnHandlerError = error => errors.Add(error.Exception) });
        int calls = 0;
        AsyncEventRouter router = new EventRouterBuilder()
            .Route<OrderCreated>("one", async (_, _, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("one");
            })
            .Route<OrderCreated>("two", static (in OrderCreated _, EventContext _) => throw new InvalidOperationException("two"))
            .Route<OrderCreated>("three", async (_, _, _) => calls++)
            .BuildAsync();
        bus.Subscribe("order.*", router);
        bus.Publish(new OrderCreated(1));
        bus.StopDrained();
        Assert.That(calls, Is.EqualTo(1));
        Assert.That(
            ((AggregateException)errors.Single()).InnerExceptions.Select(static e => e.Message), Is.EqualTo(new[] { "one", "two" }));
        Assert.That(router.GetStatistics().Routes.Select(static route => route.Failed), Is.EqualTo(new[] { 1L, 1L, 0L }));
    }
}
