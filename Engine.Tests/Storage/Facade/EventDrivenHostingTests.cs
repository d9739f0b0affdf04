using System.Collections.Concurrent;
using Engine.Bus.Configuration;
using Engine.Storage.Facade;
using Engine.Storage.Hosting.Configuration;
using Engine.Storage.Outbox;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engine.Tests.Storage.Facade;

internal sealed class EventDrivenHostingTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TemporaryFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task A_host_runs_it_with_what_is_registered_and_publishes_its_outbox()
    {
        var seen = new ConcurrentQueue<string>();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["EventDriven:Store:Connection"] = $"Data Source={_folder.PathOf("events.db")}",
            ["EventDriven:Outbox:PollInterval"] = "10ms",
        });
        builder.Services.AddEventBus("main");
        builder.Services.AddEventDriven(builder.Configuration.GetSection("EventDriven"), StorageTypes.Versions);
        builder.Services.AddEventProcessor("order.*", _ => new DelegateEventProcessor("p", (delivery, _) =>
        {
            seen.Enqueue(delivery.Event.EventType);
            return ValueTask.CompletedTask;
        }));
        builder.Services.AddEventSubscriber("order.*", _ => new DefaultEventHandler("s", (item, _) =>
        {
            seen.Enqueue("s " + item.EventType);
            return ValueTask.CompletedTask;
        }));
        using IHost host = builder.Build();
        await host.StartAsync();
        var architecture = host.Services.GetRequiredService<EventDrivenArchitecture>();
        Assert.That(architecture.EventBus.Name, Is.EqualTo("main"));
        var outbox = new ReliablePublisher(
            host.Services.GetRequiredService<EventDrivenStorage>().Outbox, OutboxPublisher.To(architecture.EventStore));
        await outbox.PublishAsync(new OrderCreated(1));
        Eventually.IsTrue(() => seen.Count == 2);
        Assert.That(seen, Is.EquivalentTo(new[] { "order.created", "s order.created" }));
        await host.StopAsync();
    }

    [Test]
    public void Everything_that_is_wrong_is_said_at_once_with_what_may_have_been_meant()
    {
        EventDrivenConfigException error = Assert.Throws<EventDrivenConfigException>(() => Read(new()
        {
            ["EventDriven:Outbox:BatchSice"] = "5",
            ["EventDriven:Outbox:Lease"] = "5 parsecs",
            ["EventDriven:Outbox:BaseDelay"] = "10m",
            ["EventDriven:Store:MaxEventBytes"] = "1 TiB",
            ["EventDriven:Store:Cache:MaxEvents"] = "-1",
            ["EventDriven:Processors:EventTypes:0"] = "Order",
            ["EventDriven:Store:Provider"] = "oracle",
        }))!;
        Assert.That(error.Problems.Select(static problem => problem.ToString()), Is.EquivalentTo(new[]
        {
            "EventDriven:Outbox:BatchSice = \"5\": is no option; did you mean EventDriven:Outbox:BatchSize?",
            "EventDriven:Outbox:Lease = \"5 parsecs\": must be a duration such as 5ms, 30s, 2m or 00:00:30",
            "EventDriven:Outbox:BaseDelay = \"10m\": must be at most EventDriven:Outbox:MaxDelay, which is 5m",
            "EventDriven:Store:MaxEventBytes = \"1 TiB\": must be a number of bytes such as 65536, 64 KiB or 1 MiB",
            "EventDriven:Store:Cache:MaxEvents = \"-1\": must be 0 to 16,777,216",
            "EventDriven:Processors:EventTypes = \"Order\": must be event names or patterns",
            "EventDriven:Store:Provider = \"oracle\": must be one of Sqlite, PostgreSql",
        }));
        Assert.That(error.Message, Does.StartWith("7 options of the event-driven architecture are wrong:"));
    }

    [Test]
    public void Values_are_read_from_files_lists_included_and_problems_have_their_places()
    {
        string path = _folder.PathOf("settings.yaml");
        File.WriteAllText(path, """
            EventDriven:
              Bus: { EventTypes: [a.one, b.two], Strict: true }
              Store:
                MaxEventBytes: 64 KiB
                Retention: { MaxAge: 30d, MaxEvents: unlimited }
              DeadLetters: { Interval: 5m }
            """);
        IConfigurationRoot root = new ConfigurationBuilder().AddSettingsFile(path).Build();
        EventDrivenConfig config = EventDrivenConfiguration.Read(root.GetSection("EventDriven"), root);
        Assert.That(config.Bus.EventTypes, Is.EqualTo(new[] { "a.one", "b.two" }));
        EventDrivenStoreConfig store = config.Store;
        Assert.That((store.MaxEventBytes, store.RetentionMaxAge, store.RetentionMaxEvents, config.DeadLetters.Interval),
            Is.EqualTo((65536L, TimeSpan.FromDays(30), long.MaxValue, TimeSpan.FromMinutes(5))));

        File.WriteAllText(path, "EventDriven:\n  Outbox:\n    BatchSize: 0\n");
        root.Reload();
        Assert.That(
            Assert.Throws<EventDrivenConfigException>(() => EventDrivenConfiguration.Read(root.GetSection("EventDriven"), root))!.Message,
            Does.Contain("settings.yaml(3,").And.Contain("must be 1 to 10,000"));
    }

    [Test]
    public void Every_default_is_in_its_range_and_comes_back_from_its_own_text()
    {
        var config = new EventDrivenConfig();
        Assert.That(EventDrivenConfiguration.Check(config), Is.Empty);
        foreach (var key in EventDrivenKeys.All)
        {
            string text = key.Format(config);
            Assert.That(key.TrySet(config, text), Is.True, key.Path);
            Assert.That(key.IsEqual(config, new EventDrivenConfig()) || key.IsList, Is.True, key.Path);
            Assert.That(EventDrivenKeys.Sections, Does.Contain(key.Path[..key.Path.LastIndexOf(':')]));
        }

        config.Outbox = null!;
        Assert.Throws<EventDrivenConfigException>(() => _ = new EventDrivenArchitecture(config));
    }

    private static EventDrivenConfig Read(Dictionary<string, string?> values) =>
        EventDrivenConfiguration.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build().GetSection("EventDriven"));
}
