using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Monitoring;
using Engine.Primitives;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Engine.Tests.Hosting;

/// <summary>Buses of a host: made by name, configured, changed while they run, stopped.</summary>
internal sealed class EventBusHostingTests
{
    private readonly ManualTime _time = new();

    [Test]
    public async Task Buses_of_a_host_start_and_stop_with_it_side_by_side()
    {
        HostApplicationBuilder builder = Builder();
        builder.Configuration.AddInMemoryCollection([new("Buses:Orders:Batch:Size", "17")]);
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("Buses:Orders"), static options => options.MaxDepth = 3);
        builder.Services.AddEventBus("audit");
        using IHost host = builder.Build();
        EventBus orders = host.Services.GetRequiredKeyedService<EventBus>("orders");
        EventBus audit = host.Services.GetRequiredKeyedService<EventBus>("audit");
        Assert.That(host.Services.GetRequiredKeyedService<IEventBus>("orders"), Is.SameAs(orders));
        Assert.That(host.Services.GetRequiredService<IEventBus>(), Is.SameAs(orders), "The first one is the default.");
        Assert.That((orders.Name, audit.Name, orders.Core.MaxDepth), Is.EqualTo(("orders", "audit", 3)));
        Assert.That(host.Services.GetRequiredService<IOptionsMonitor<EventBusOptions>>().Get("orders").Batch.Size, Is.EqualTo(17));
        Assert.That((orders.State, audit.State), Is.EqualTo((LifecycleState.Created, LifecycleState.Created)));
        await host.StartAsync();
        Assert.That((orders.State, audit.State), Is.EqualTo((LifecycleState.Running, LifecycleState.Running)));
        Assert.That(host.Services.GetRequiredService<IEventBusFactory>().Names, Is.EqualTo(new[] { "audit", "orders" }));
        await host.StopAsync();
        Assert.That((orders.State, audit.State), Is.EqualTo((LifecycleState.Stopped, LifecycleState.Stopped)));
    }

    [Test]
    public async Task A_changed_section_changes_the_running_bus_and_a_wrong_one_does_not()
    {
        HostApplicationBuilder builder = Builder();
        builder.Configuration.AddInMemoryCollection([new("EventBus:Async:QueueCapacity", "10")]);
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("EventBus"));
        using IHost host = builder.Build();
        await host.StartAsync();
        EventBus bus = host.Services.GetRequiredService<EventBus>();
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Mode = ProcessingMode.Async });
        IOptionsMonitor<EventBusOptions> options = host.Services.GetRequiredService<IOptionsMonitor<EventBusOptions>>();
        var changes = new List<(string?, int)>();
        using IDisposable? registration = options.OnChange((changed, name) => changes.Add((name, changed.Async.QueueCapacity)));

        Change(host, "20");
        Assert.That((Capacity(bus), options.Get("orders").Async.QueueCapacity), Is.EqualTo((20, 20)));
        Change(host, "0");
        Assert.That((Capacity(bus), options.Get("orders").Async.QueueCapacity), Is.EqualTo((20, 20)));
        Change(host, "30");
        Assert.That((Capacity(bus), options.Get("orders").Async.QueueCapacity), Is.EqualTo((30, 30)));
        Assert.That(changes, Is.EqualTo(new (string?, int)[] { ("orders", 20), ("orders", 30) }));
        await host.StopAsync();
    }

    [Test]
    public async Task A_broken_settings_file_leaves_the_host_s_bus_as_it_is()
    {
        using var folder = new TemporaryFolder();
        folder.Write("bus.yaml", "EventBus:\n  Async:\n    QueueCapacity: 10\n");
        HostApplicationBuilder builder = Builder();
        builder.Configuration.AddYamlFile(folder.PathOf("bus.yaml"), reloadOnChange: false);
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("EventBus"));
        using IHost host = builder.Build();
        await host.StartAsync();
        EventBus bus = host.Services.GetRequiredService<EventBus>();
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Mode = ProcessingMode.Async });
        foreach ((string text, int expected) in new[] { ("EventBus:\n  Async: [", 10), ("", 10),
            ("EventBus:\n  Async:\n    QueueCapacity: 12\n", 12) })
        {
            folder.Write("bus.yaml", text);
            ((IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>()).Reload();
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.That(Capacity(bus), Is.EqualTo(expected), text);
        }

        await host.StopAsync();
    }

    [Test]
    public void Options_that_are_wrong_from_the_start_stop_the_host_with_all_problems()
    {
        HostApplicationBuilder builder = Builder();
        builder.Configuration.AddInMemoryCollection([new("Buses:A:MaxDepth", "99"), new("Buses:A:Batch:Size", "0")]);
        builder.Services.AddEventBus("orders", builder.Configuration.GetSection("Buses:A"));
        using IHost host = builder.Build();
        InvalidBusOptionsException error = Assert.ThrowsAsync<InvalidBusOptionsException>(() => host.StartAsync())!;
        Assert.That(error.Problems.Select(static p => p.Path), Is.EqualTo(new[] { "Buses:A:MaxDepth", "Buses:A:Batch:Size" }));
    }

    [Test]
    public async Task The_health_check_is_that_of_the_named_bus()
    {
        HostApplicationBuilder builder = Builder();
        builder.Services.AddLogging();
        builder.Services.AddEventBus("orders");
        builder.Services.AddHealthChecks().AddEventBusHealthCheck("orders", tags: ["ready"]);
        using IHost host = builder.Build();
        HealthCheckService health = host.Services.GetRequiredService<HealthCheckService>();
        await host.StartAsync();
        HealthReport report = await health.CheckHealthAsync();
        Assert.That(report.Entries["bus orders"].Data["bus"], Is.EqualTo("orders"));
        Assert.That(report.Entries["bus orders"].Data["state"], Is.EqualTo("Running"));
        await host.StopAsync();
        host.Services.GetRequiredService<IEventBusFactory>().GetMonitor("orders").Sample();
        Assert.That((await health.CheckHealthAsync()).Entries["bus orders"].Status, Is.EqualTo(HealthStatus.Unhealthy));
    }

    [TestCase("ordres", "There is no bus named \"ordres\"; did you mean \"orders\"?")]
    [TestCase("billing", "There is no bus named \"billing\"; there are orders")]
    public async Task The_health_check_of_a_name_that_no_bus_has_fails_and_makes_no_bus(string name, string expected)
    {
        HostApplicationBuilder builder = Builder();
        builder.Services.AddLogging();
        builder.Services.AddEventBus("orders");
        builder.Services.AddHealthChecks().AddEventBusHealthCheck(name);
        using IHost host = builder.Build();
        await host.StartAsync();
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That((report.Status, report.Entries[$"bus {name}"].Description), Is.EqualTo((HealthStatus.Unhealthy, expected)));
        IEventBusFactory factory = host.Services.GetRequiredService<IEventBusFactory>();
        Assert.That(factory.Names, Is.EqualTo(new[] { "orders" }));
        factory.Create(name, new EventBusOptions());
        report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.That(report.Status, Is.EqualTo(HealthStatus.Healthy), "It has been made by now.");
        await host.StopAsync();
    }

    [Test]
    public async Task Health_follows_a_bus_that_is_not_measured()
    {
        // On a clock that stands, so that the load of the processors is not judged.
        await using var factory = new EventBusFactory(
            _ => new EventBusOptions { TimeProvider = _time, Metrics = { IsEnabled = false, MinCalls = 1 } });
        EventBus bus = factory.Get("orders");
        var check = new EventBusHealthCheck(factory.GetMonitor("orders"));
        Assert.That(await StatusAsync(), Is.EqualTo(HealthStatus.Degraded), "It has not been started.");
        factory.Start();
        Assert.That(await StatusAsync(), Is.EqualTo(HealthStatus.Healthy));
        bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => throw new InvalidOperationException());
        for (int i = 0; i < 20; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That(await StatusAsync(), Is.EqualTo(HealthStatus.Unhealthy), "Each call fails.");
        await factory.StopAsync();
        Assert.That((await check.CheckHealthAsync(new HealthCheckContext())).Description, Does.Contain("is Unhealthy (stopped"));

        async Task<HealthStatus> StatusAsync() => (await check.CheckHealthAsync(new HealthCheckContext())).Status;
    }

    [Test]
    public async Task A_factory_makes_keeps_starts_and_stops_buses_without_a_host()
    {
        await using var factory = new EventBusFactory(static name => new EventBusOptions { MaxDepth = name.Length });
        EventBus first = factory.Get("one");
        Assert.That((factory.Get("one"), first.Core.MaxDepth, first.State), Is.EqualTo((first, 3, LifecycleState.Created)));
        factory.Start();
        EventBus second = factory.Create("two", new EventBusOptions());
        Assert.That((first.State, second.State), Is.EqualTo((LifecycleState.Running, LifecycleState.Running)));
        Assert.That(
            Thrown.By<InvalidOperationException>(() => factory.Create("two", new EventBusOptions())).Message, Does.Contain("\"two\""));
        IReadOnlyDictionary<string, BusStopReport> reports = await factory.StopAsync();
        Assert.That(reports.Keys, Is.EquivalentTo(new[] { "one", "two" }));
        Assert.That((first.State, second.State), Is.EqualTo((LifecycleState.Stopped, LifecycleState.Stopped)));
        Assert.Throws<ObjectDisposedException>(() => factory.Get("three"));
        Assert.That(factory.Get("one"), Is.SameAs(first));
    }

    [Test]
    public async Task The_monitor_of_a_factory_s_bus_sees_its_handlers_and_errors()
    {
        var seen = new List<BusHandlerError>();
        await using var factory = new EventBusFactory(_ => new EventBusOptions { OnHandlerError = seen.Add, TimeProvider = _time });
        EventBus bus = factory.Get("orders");
        PerformanceMonitor monitor = factory.GetMonitor("orders");
        bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => throw new TimeoutException("late"), new() { Name = "stock" });
        monitor.Sample();
        for (int i = 0; i < 20; i++)
            bus.Publish(new OrderCreated(i));
        _time.Advance(TimeSpan.FromSeconds(2));
        monitor.Sample();
        PerformanceReport report = monitor.GetReport();
        Assert.That((report.Throughput.PublishedPerSecond, report.Errors.ErrorRate), Is.EqualTo((10.0, 1.0)));
        Assert.That(monitor.Diagnose().LastErrors, Has.Count.EqualTo(20).And.All.Property("Message").EqualTo("late"));
        Assert.That(monitor.Troubles.Select(static t => t.Kind), Does.Contain(AlertKind.ErrorRate));
        Assert.That(seen, Has.Count.EqualTo(20), "The owner's own callback is called too.");
    }

    [Test]
    public async Task Queued_handlers_are_measured()
    {
        await using var factory = new EventBusFactory();
        factory.Start();
        EventBus bus = factory.Get("orders");
        bus.Subscribe<OrderCreated>(static (_, _, _) => ValueTask.CompletedTask, new() { Mode = ProcessingMode.Async, Name = "stock" });
        for (int i = 0; i < 50; i++)
            bus.Publish(new OrderCreated(i));
        PerformanceMonitor monitor = factory.GetMonitor("orders");
        Eventually.IsTrue(() => monitor.Sample().Subscriptions[0].Queue is { Succeeded: 50, InFlight: 0, HandlerTime.Count: 50 });
        QueueStatistics queue = monitor.History[^1].Subscriptions[0].Queue!;
        Assert.That(
            (queue.Accepted, queue.Queued, queue.CurrentMode, queue.Latency.Count), Is.EqualTo((50L, 0, ProcessingMode.Async, 50L)));
        Assert.That(queue.Latency.Percentile(1), Is.GreaterThan(TimeSpan.Zero));
    }

    private HostApplicationBuilder Builder()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton<TimeProvider>(_time);
        return builder;
    }

    private void Change(IHost host, string capacity)
    {
        var root = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        root["EventBus:Async:QueueCapacity"] = capacity;
        root.Reload();
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private static int Capacity(EventBus bus) => bus.GetStatistics().Subscriptions[0].Queue!.Capacity;
}
