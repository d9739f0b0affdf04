using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Routing;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Routing;

[NonParallelizable]
public class EventRouterTests
{
    private readonly List<string> _log = [];
    private readonly List<Exception> _errors = [];
    private readonly EventBus _bus;

    public EventRouterTests() =>
        _bus = new EventBus(options: new EventBusOptions { OnHandlerError = error => _errors.Add(error.Exception) });

    [OneTimeTearDown]
    public async Task Stop() => await _bus.DisposeAsync();

    [SetUp]
    public void Clear()
    {
        _log.Clear();
        _errors.Clear();
    }

    [Test]
    public void Routes_take_events_by_type_content_and_name_in_the_order_of_addition()
    {
        EventRouter router = new EventRouterBuilder()
            .RoutePattern("audit", "order.*", Log("audit"))
            .Route<OrderCreated>("large", Log<OrderCreated>("large"), static (in OrderCreated e) => e.Number > 100)
            .Route("all", Log<OrderCreated>("all"))
            .Route("shipped", BusHandler.Create(Log<OrderShipped>("shipped")))
            .RoutePattern("other", "memory.**", Log("other"))
            .Build();
        Publish(router, new OrderCreated(500), new OrderCreated(5));
        Publish(router, new OrderShipped(1));
        Assert.That(_log, Is.EqualTo(new[] { "audit", "large", "all", "audit", "all", "audit", "shipped" }));
        EventRouterStatistics statistics = router.GetStatistics();
        Assert.That((statistics.Received, statistics.Filtered, statistics.Defaulted, statistics.Unrouted), Is.EqualTo((3L, 0L, 0L, 0L)));
        Assert.That(statistics.Routes, Is.EqualTo(new[]
        {
            new RouteStatistics("audit", "order.*", 3, 0),
            new RouteStatistics("large", "order.created", 1, 0),
            new RouteStatistics("all", "order.created", 2, 0),
            new RouteStatistics("shipped", "order.shipped", 1, 0),
            new RouteStatistics("other", "memory.**", 0, 0),
        }));
    }

    [Test]
    public void The_first_route_alone_gets_the_event_if_so_chosen()
    {
        EventRouter router = new EventRouterBuilder()
            .Matching(RouteMatching.First)
            .Route<OrderCreated>("large", Log<OrderCreated>("large"), static (in OrderCreated e) => e.Number > 100)
            .Route("all", Log<OrderCreated>("all"))
            .Build();
        Publish(router, new OrderCreated(500), new OrderCreated(5));
        Assert.That(_log, Is.EqualTo(new[] { "large", "all" }));
    }

    [Test]
    public void A_route_may_make_an_event_of_another_type()
    {
        var shipped = new List<(OrderShipped, string)>();
        EventRouter router = new EventRouterBuilder()
            .Route<OrderCreated, OrderShipped>(
                "ship", static (in OrderCreated e) => new OrderShipped(e.Number + 1),
                BusHandler.Create((in OrderShipped e, EventContext context) => shipped.Add((e, context.EventType.Name))),
                static (in OrderCreated e) => e.Number != 2)
            .Build();
        Publish(router, new OrderCreated(1), new OrderCreated(2), new OrderCreated(3));
        Assert.That(shipped, Is.EqualTo(new[] { (new OrderShipped(2), "order.created"), (new OrderShipped(4), "order.created") }));
    }

    [Test]
    public void What_a_filter_holds_back_goes_nowhere()
    {
        EventRouter router = new EventRouterBuilder()
            .Route("all", Log<OrderCreated>("created"))
            .Default(Log("default"))
            .Filter(static (in OrderCreated e) => e.Number > 100)
            .FilterPattern("*.shipped", static context => context.Depth > 0)
            .Build();
        Publish(router, new OrderCreated(500), new OrderCreated(5));
        Publish(router, new OrderShipped(1));
        Assert.That(_log, Is.EqualTo(new[] { "created" }));
        EventRouterStatistics statistics = router.GetStatistics();
        Assert.That((statistics.Received, statistics.Filtered, statistics.Defaulted, statistics.Unrouted), Is.EqualTo((3L, 2L, 0L, 0L)));
    }

    [Test]
    public void The_default_route_gets_what_no_other_takes()
    {
        EventRouter router = new EventRouterBuilder()
            .Route<OrderCreated>("large", Log<OrderCreated>("large"), static (in OrderCreated e) => e.Number > 100)
            .Default(Log("default"))
            .Unrouted(UnroutedPolicy.Throw)
            .Build();
        Publish(router, new OrderCreated(500), new OrderCreated(5));
        Publish(router, new OrderShipped(1));
        Assert.That(_log, Is.EqualTo(new[] { "large", "default", "default" }));
        Assert.That(_errors, Is.Empty);
        EventRouterStatistics statistics = router.GetStatistics();
        Assert.That((statistics.Defaulted, statistics.Unrouted), Is.EqualTo((2L, 0L)));
    }

    [TestCase(UnroutedPolicy.Ignore)]
    [TestCase(UnroutedPolicy.Throw)]
    public void What_no_route_takes_is_counted_and_an_error_if_so_chosen(UnroutedPolicy policy)
    {
        EventRouter router = new EventRouterBuilder().Route("created", Log<OrderCreated>("created")).Unrouted(policy).Build();
        Publish(router, new OrderShipped(1), new OrderShipped(2));
        Assert.That(router.GetStatistics().Unrouted, Is.EqualTo(2));
        if (policy == UnroutedPolicy.Ignore)
            Assert.That(_errors, Is.Empty);
        else
            Assert.That(
                _errors, Has.Count.EqualTo(2).And.All.InstanceOf<UnroutedEventException>().And.All.Message.Contains("order.shipped"));
    }

    [Test]
    public void A_route_that_throws_stops_no_other()
    {
        EventRouter router = new EventRouterBuilder()
            .Route("first", static (in OrderCreated _, EventContext _) => throw new FormatException())
            .Route("second", Log<OrderCreated>("second"))
            .Route<OrderCreated>("third", Log<OrderCreated>("third"), static (in OrderCreated _) => throw new NotSupportedException())
            .Route("fourth", Log<OrderCreated>("fourth"))
            .Build();
        Publish(router, new OrderCreated(1));
        Assert.That(_log, Is.EqualTo(new[] { "second", "fourth" }));
        Assert.That(((AggregateException)_errors.Single()).InnerExceptions.Select(static error => error.GetType()),
            Is.EqualTo(new[] { typeof(FormatException), typeof(NotSupportedException) }));
        Assert.That(
            router.GetStatistics().Routes.Select(static route => (route.Delivered, route.Failed)),
            Is.EqualTo(new[] { (1L, 1L), (1L, 0L), (0L, 1L), (1L, 0L) }));
    }

    [Test]
    public void One_exception_comes_through_as_it_is()
    {
        var thrown = new FormatException();
        EventRouter router = new EventRouterBuilder()
            .Route("only", (in OrderCreated _, EventContext _) => throw thrown)
            .Filter(static (in OrderShipped _) => throw new NotSupportedException())
            .Default(BusHandler.CreateAny(static _ => throw new TimeoutException()))
            .Build();
        Publish(router, new OrderCreated(1));
        Publish(router, new OrderShipped(1));
        Publish(router, new Renamed(1));
        Assert.That(_errors, Has.Count.EqualTo(3));
        Assert.That(_errors[0], Is.SameAs(thrown));
        Assert.That(_errors[1], Is.InstanceOf<NotSupportedException>());
        Assert.That(_errors[2], Is.InstanceOf<TimeoutException>());
        Assert.That(router.GetStatistics().Filtered, Is.EqualTo(1));
    }

    [Test]
    public void A_router_does_not_follow_later_changes_of_its_builder()
    {
        EventRouterBuilder builder = new EventRouterBuilder().Route("created", Log<OrderCreated>("created"));
        EventRouter router = builder.Build();
        builder.Route("late", Log<OrderCreated>("late")).Filter(static (in OrderCreated _) => false).Default(Log("default"));
        Publish(router, new OrderCreated(1));
        Publish(router, new OrderShipped(1));
        Assert.That(_log, Is.EqualTo(new[] { "created" }));
    }

    [Test]
    public void Routing_allocates_nothing()
    {
        long sum = 0;
        EventRouter router = new EventRouterBuilder()
            .Filter(static (in Renamed e) => e.Number >= 0)
            .Route<Renamed>("sum", (in Renamed e, EventContext _) => sum += e.Number, static (in Renamed e) => e.Number == 1)
            .RoutePattern("all", "**", BusHandler.CreateAny(_ => sum++))
            .Build();
        using BusSubscription subscription = _bus.Subscribe("**", router);
        Assert.That(Allocations.Of(() => _bus.Publish(new Renamed(1))), Is.Zero);
        Assert.That(sum, Is.EqualTo(2 * router.GetStatistics().Received));
    }

    [Test]
    public void Threads_that_bring_new_types_at_once_lose_nothing()
    {
        const int ThreadCount = 8;
        for (int round = 0; round < 50; round++)
        {
            EventRouter router = new EventRouterBuilder()
                .RoutePattern("all", "**", BusHandler.CreateAny(static _ => { }))
                .Build();
            using var start = new Barrier(ThreadCount);
            Task[] publishers = [.. Enumerable.Range(0, ThreadCount).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    var context = new EventContext();
                    start.SignalAndWait();
                    router.Handle(new OrderCreated(1), context);
                    router.Handle(new OrderShipped(1), context);
                    router.Handle(new Renamed(1), context);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            Assert.That(Task.WaitAll(publishers, Eventually.HangGuard), Is.True);
            EventRouterStatistics statistics = router.GetStatistics();
            Assert.That((statistics.Received, statistics.Routes[0].Delivered), Is.EqualTo((3L * ThreadCount, 3L * ThreadCount)));
        }
    }

    [Test]
    public void Bad_use_is_refused()
    {
        EventRouterBuilder builder = new EventRouterBuilder().Route("taken", Log<OrderCreated>("")).Default(Log(""));
        Assert.That(
            static () => new EventRouterBuilder().Build(), Throws.InvalidOperationException.With.Message.Contains("at least one route"));
        Assert.That(
            () => builder.Route("taken", Log<OrderShipped>("")), Throws.ArgumentException.With.Message.Contains("\"taken\""));
        Assert.That(() => builder.RoutePattern("taken", "**", Log("")), Throws.ArgumentException);
        Assert.That(() => builder.Route(" ", Log<OrderShipped>("")), Throws.ArgumentException);
        Assert.That(() => builder.Route(null!, Log<OrderShipped>("")), Throws.ArgumentNullException);
        Assert.That(() => builder.Route("new", (BusAction<OrderCreated>)null!), Throws.ArgumentNullException);
        Assert.That(() => builder.Route("new", (IBusHandler<OrderCreated>)null!), Throws.ArgumentNullException);
        Assert.That(() => builder.RoutePattern("new", "**", (IBusAnyHandler)null!), Throws.ArgumentNullException);
        Assert.That(() => builder.RoutePattern("new", "a.B", Log("")), Throws.InstanceOf<FormatException>());
        Assert.That(() => builder.Filter<OrderCreated>((Func<OrderCreated, bool>)null!), Throws.ArgumentNullException);
        Assert.That(() => builder.FilterPattern("**", null!), Throws.ArgumentNullException);
        Assert.That(() => builder.FilterPattern("", static _ => true), Throws.InstanceOf<FormatException>());
        Assert.That(() => builder.Default(Log("")), Throws.InvalidOperationException);
        Assert.That(() => builder.Default((IBusAnyHandler)null!), Throws.ArgumentNullException);
        Assert.That(() => builder.Matching((RouteMatching)9), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => builder.Unrouted((UnroutedPolicy)9), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private void Publish<T>(EventRouter router, params T[] events)
        where T : Engine.Events.IEvent<T>
    {
        using BusSubscription subscription = _bus.Subscribe("**", router);
        foreach (T e in events)
            Assert.That(_bus.Publish(e), Is.EqualTo(PublishOutcome.Published));
    }

    private BusAction<T> Log<T>(string route)
        where T : Engine.Events.IEvent<T> =>
        (in T _, EventContext _) => _log.Add(route);

    private IBusAnyHandler Log(string route) => BusHandler.CreateAny(_ => _log.Add(route));

    private readonly record struct Renamed(int Number) : Engine.Events.IEvent<Renamed>
    {
        public static Engine.Events.EventDescriptor Descriptor { get; } = new("customer.renamed");
    }
}
