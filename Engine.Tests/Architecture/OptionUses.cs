using System.Globalization;
using Engine.Bus;
using Engine.Bus.Configuration;
using Engine.Bus.Idempotency;
using Engine.Bus.Messages;
using Engine.Emulator;
using Engine.Emulator.Platform;
using Engine.Events;
using Engine.Fleet.Hosts;
using Engine.Gateway.Client;
using Engine.Gateway.Events;
using Engine.Gateway.Feeds;
using Engine.Gateway.Streams;
using Engine.Hosting;
using Engine.Order;
using Engine.Publish;
using Engine.Server.History;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;
using Microsoft.Extensions.Configuration;

namespace Engine.Tests.Architecture;

/// <summary>
/// A small piece of work with each type of options, which ends with the right result whatever the numbers are: what the ends of ranges
/// are tried with.
/// </summary>
internal static partial class OptionUses
{
    private const int Events = 10;

    /// <summary>The work, by the type of options.</summary>
    public static IReadOnlyDictionary<Type, Func<object, Task>> All { get; } =
        new Dictionary<Type, Func<object, Task>>(Storage)
        {
            [typeof(EngineOptions)] = static options => UseEngineAsync(copy => Copy(options, copy)),
            [typeof(BatchSizingOptions)] = static options => UseEngineAsync(copy => Copy(options, copy.BatchSizing)),
            [typeof(DegradationOptions)] = static options => DegradeAsync((DegradationOptions)options),
            [typeof(MergeOptions)] = static options => MergeAsync((MergeOptions)options),
            [typeof(BusSubscriptionOptions)] = static options => SubscribeAsync((BusSubscriptionOptions)options),
            [typeof(MessageSubscriptionOptions)] = static options => SubscribeAsync((MessageSubscriptionOptions)options),
            [typeof(IdempotencyOptions)] = static options => HandleTwiceAsync((IdempotencyOptions)options),
            [typeof(BusConfigurationWatcherOptions)] = static options => Done(() => Watch((BusConfigurationWatcherOptions)options)),
            [typeof(MachineOptions)] = static options => Done(() => Run((MachineOptions)options)),
            [typeof(MachineHistoryOptions)] = static options => Done(() => RunBack((MachineHistoryOptions)options)),
            [typeof(BoardOptions)] = static options =>
                Done(() => Assert.That(FlattenedDeviceTree.Build((BoardOptions)options), Is.Not.Empty)),
            [typeof(GatewayOptions)] = static options => PublishAsync((GatewayOptions)options),
            [typeof(LogFeedOptions)] = static async options =>
            {
                await using var gateway = new EventGateway();
                new LogFeed(gateway, (LogFeedOptions)options).Dispose();
            },
            [typeof(EventStreamClientOptions)] = static options => Done(() =>
            {
                using var http = new HttpClient();
                Assert.That(new EventStreamClient(http, new Uri("http://localhost/"), (EventStreamClientOptions)options), Is.Not.Null);
            }),
            [typeof(HistorySettings)] = static options => Done(() => Assert.That(Reread((HistorySettings)options), Is.EqualTo(options))),
            [typeof(SampleSetting)] = static options => Done(() => Assert.That(Reread((SampleSetting)options), Is.EqualTo(options))),
        };

    /// <summary>The settings, written and read.</summary>
    public static HistorySettings? Reread(HistorySettings settings) => HistorySettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["History:Directory"] = settings.Directory,
            ["History:Keep:Metrics"] = settings.Metrics.ToString("c", CultureInfo.InvariantCulture),
            ["History:Keep:Ordinary"] = settings.Ordinary.ToString("c", CultureInfo.InvariantCulture),
            ["History:Keep:Vital"] = settings.Vital.ToString("c", CultureInfo.InvariantCulture),
            ["History:MaxBytes"] = settings.MaxBytes.ToString(CultureInfo.InvariantCulture),
        }).Build());

    /// <summary>The setting, written and read.</summary>
    public static SampleSetting? Reread(SampleSetting setting)
    {
        setting.Validate();
        return SampleSetting.Parse(string.Create(
            CultureInfo.InvariantCulture,
            $"{setting.EventType}={setting.Slice.TotalMilliseconds:0}/{setting.Period.TotalMilliseconds:0}"));
    }

    /// <summary>Copies all that can be set.</summary>
    public static void Copy(object from, object to)
    {
        foreach (System.Reflection.PropertyInfo property in from.GetType().GetProperties()
            .Where(static property => property.SetMethod is { IsPublic: true }))
            property.SetValue(to, property.GetValue(from));
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static async Task UseEngineAsync(Action<EngineOptions> configure)
    {
        await using EventEngine engine = Engines.Start(configure: configure);
        int handled = 0;
        engine.Subscribe((in Number _, in Envelope _) => Interlocked.Increment(ref handled));
        using (EventProducer producer = engine.CreateProducer())
        {
            EventLane<Number> lane = producer.GetLane<Number>();
            for (int i = 0; i < Events; i++)
                lane.Publish(new Number(i));
        }

        engine.StopDrained();
        Assert.That(handled, Is.EqualTo(Events));
    }

    private static async Task DegradeAsync(DegradationOptions options)
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using TestMachine machine = InterruptedGuest.Create(engine);
        engine.Start();
        ExecutionSubscription subscription = engine.SubscribeExecution(
            new ExecutionOptions { From = Boundary.Next(0), Degradation = options });
        machine.Run(1_000);
        ulong retired = machine.Machine.RetiredInstructions;
        machine.Dispose();
        engine.StopDrained();
        Assert.That(subscription.Totals.Covered, Is.EqualTo(retired));
    }

    private static async Task MergeAsync(MergeOptions options)
    {
        await using EventEngine engine = Engines.Build();
        EventProducer producer = engine.CreateProducer();
        using MergedSubscription merged = engine.SubscribeMerged<Number>(
            static (_, _) => { }, new MergeOptions<Number> { Producers = [producer], Capacity = options.Capacity });
        producer.GetLane<Number>().Publish(new Number(1));
        await merged.CompleteAsync();
        Assert.That(merged.Statistics.Delivered, Is.EqualTo(1));
    }

    private static async Task SubscribeAsync(BusSubscriptionOptions options)
    {
        foreach (ProcessingMode mode in Enum.GetValues<ProcessingMode>())
        {
            await using EventBus bus = Buses.Started();
            int handled = 0;
            bus.Subscribe("**", _ => Interlocked.Increment(ref handled), options with { Mode = mode });
            bus.Publish(new OrderCreated(1));
            Assert.That((await bus.StopAsync(Eventually.HangGuard)).IsDrained, Is.True, $"{mode}");
            Assert.That(handled, Is.EqualTo(1), $"{mode}");
        }
    }

    private static async Task SubscribeAsync(MessageSubscriptionOptions options)
    {
        await using EventBus bus = Buses.Started();
        // The lease of a tick ends when the test says so.
        await using MessageSubscription messages = bus.SubscribeMessages<OrderCreated>(options with { TimeProvider = new ManualTime() });
        bus.Publish(new OrderCreated(1));
        Assert.That(messages.TryTake(out EventMessage message), Is.True);
        Assert.That(message.Ack(), Is.EqualTo(SettlementOutcome.Settled));
    }

    private static async Task HandleTwiceAsync(IdempotencyOptions options)
    {
        var key = new IdempotencyKey("s", Guid.NewGuid());
        IdempotencyClaim claim = await options.Store.TryClaimAsync(key, options.ClaimLease);
        Assert.That(claim.Outcome, Is.EqualTo(IdempotencyClaimOutcome.Claimed));
    }

    private static void Watch(BusConfigurationWatcherOptions options)
    {
        IConfigurationRoot root = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["EventBus:Batch:Size"] = "10" }).Build();
        using var watcher = new BusConfigurationWatcher(root.GetSection("EventBus"), static _ => { }, options);
        root["EventBus:Batch:Size"] = "20";
        root.Reload();
        watcher.Refresh();
        Assert.That(watcher.Current.Batch.Size, Is.EqualTo(20));
    }

    private static void Run(MachineOptions options)
    {
        try
        {
            MachineOptions small = options.RamSize == new MachineOptions().RamSize ? options with { RamSize = 1 << 20 } : options;
            using var machine = new TestMachine([Asm.Addi(10, 10, 1), Asm.Jal(0, -4)], options: small);
            if (options.HartCount == 1)
                Assert.That(machine.Run(1_000)[10], Is.EqualTo(500));
        }
        catch (InsufficientMemoryException)
        {
            // Gigabytes that the host has not.
        }
    }

    private static void RunBack(MachineHistoryOptions options)
    {
        using TestMachine machine = InterruptedGuest.Create();
        var history = new MachineHistory(machine.Machine, options);
        history.Run(50);
        Assert.That(history.RunBackTo(20), Is.EqualTo(HistoryOutcome.Reached));
        Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(20));
    }

    private static async Task PublishAsync(GatewayOptions options)
    {
        await using var gateway = new EventGateway(options: options);
        gateway.Publish(new NodeStatus("a", "b", "c", new(null, null)), "node");
        Assert.That(gateway.GetStatistics().Published, Is.EqualTo(1));
    }
}
