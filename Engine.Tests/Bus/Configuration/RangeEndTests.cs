using Engine.Bus;
using Engine.Bus.Messages;
using Engine.Bus.Monitoring;
using Engine.Bus.Options;
using Engine.Compatibility;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Configuration;

/// <summary>At the ends of their ranges options do what they say, and take memory for what there is and not for what may be.</summary>
[NonParallelizable]
internal sealed class RangeEndTests
{
    // What a bus with a few events may allocate whatever its numbers are.
    private const long FewBytes = 32L << 20;

    // What is taken at once: a queue for each handler of an ordered subscription, and a slot for each message.
    private const long BytesPerQueue = 12L << 10;
    private const long BytesPerMessage = 16;

    [TestCaseSource(nameof(Ends))]
    public void A_bus_works_at_the_ends_of_each_range(string path, string end)
    {
        EventBusOptions options = With(path, end);
        Assert.That(BusOptionsRules.Check(options, "EventBus"), Is.Empty);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Eventually.Result(Task.Run(() => RunAsync(options)));
        long atOnce = path switch
        {
            "Async:MaxConcurrency" when end != "unlimited" => options.Async.MaxConcurrency * BytesPerQueue,
            "Messages:Capacity" => options.Messages.Capacity * BytesPerMessage,
            _ => 0,
        };
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(FewBytes + atOnce));
    }

    [TestCase(4)]
    [TestCase(65_536)]
    [TestCase(BusSubscriptionOptions.Unlimited)]
    public async Task Changes_and_the_stop_of_an_ordered_subscription_take_one_look_at_each_queue(int concurrency)
    {
        await using var bus = new EventBus("b", new EventBusOptions { Async = { MaxConcurrency = concurrency } });
        int handled = 0;
        bus.Subscribe<OrderCreated>(
            (_, _, _) =>
            {
                Interlocked.Increment(ref handled);
                return ValueTask.CompletedTask;
            },
            new() { Mode = ProcessingMode.Async, OrderingKey = static (in OrderCreated order) => order.Number });
        bus.Start();
        for (int i = 0; i < 1000; i++)
            bus.Publish(new OrderCreated(i));
        Task<BusStopReport> stop = Task.Run(async () =>
        {
            for (int i = 0; i < 3; i++)
                bus.UpdateOptions(new EventBusOptions { Async = { MaxConcurrency = concurrency, QueueCapacity = 100 + i } });
            Assert.That(bus.GetStatistics().Subscriptions[0].Queue!.Capacity, Is.Positive);
            return await bus.StopAsync();
        });
        Assert.That((Eventually.Result(stop).IsDrained, handled), Is.EqualTo((true, 1000)));
    }

    [Test]
    public async Task A_batch_without_a_limit_is_what_there_is()
    {
        await using EventBus bus = Buses.Started();
        var sizes = new List<int>();
        bus.SubscribeBatch<OrderCreated>(
            (batch, _) =>
            {
                sizes.Add(batch.Count);
                return ValueTask.CompletedTask;
            },
            new()
            {
                BatchSize = BusSubscriptionOptions.Unlimited,
                BatchMaxWait = BusSubscriptionOptions.UnlimitedWait,
                QueueCapacity = 1 << 24,
            });
        for (int i = 0; i < 100; i++)
            bus.Publish(new OrderCreated(i));
        await bus.StopAsync();
        Assert.That(sizes, Is.EqualTo(new[] { 100 }));
    }

    [Test]
    public async Task Handlers_of_messages_without_a_limit_are_as_many_as_may_be_handed_out()
    {
        await using EventBus bus = Buses.Started();
        await using MessageSubscription messages = bus.SubscribeMessages<OrderCreated>(
            new() { OutputBuffer = BusSubscriptionOptions.Unlimited, Capacity = 100 });
        using var all = new CountdownEvent(100);
        using var end = new CancellationTokenSource();
        Task running = messages.RunAsync(
            async (_, token) =>
            {
                all.Signal();
                await Task.Delay(Timeout.Infinite, token);
            },
            BusSubscriptionOptions.Unlimited,
            end.Token);
        for (int i = 0; i < 100; i++)
            bus.Publish(new OrderCreated(i));
        Assert.That(all.Wait(Eventually.HangGuard), Is.True, "All run at the same time.");
        await end.CancelAsync();
        await running;
    }

    [Test]
    public void Code_and_files_have_the_same_ranges()
    {
        using var bus = new DisposableBus();
        foreach (int wrong in new[] { 0, -1, (1 << 24) + 1 })
        {
            Expect("QueueCapacity", () => bus.Subscribe(new() { Mode = ProcessingMode.Async, QueueCapacity = wrong }));
            Expect("MaxConcurrency", () => bus.Subscribe(new() { Mode = ProcessingMode.Async, MaxConcurrency = wrong }));
            Expect("BatchSize", () => bus.Subscribe(new() { Mode = ProcessingMode.Batch, BatchSize = wrong }));
            Expect("OutputBuffer", () => bus.Messages(new() { OutputBuffer = wrong }));
            Expect("Capacity", () => bus.Messages(new() { Capacity = wrong }));
            Expect("ParkedCapacity", () => bus.Messages(new() { ParkedCapacity = wrong }));
            Expect("capacity", () => Assert.That(new RecentErrors(wrong), Is.Null));
        }

        foreach (TimeSpan wrong in new[] { TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.FromHours(2), TimeSpan.MinValue })
            Expect("BatchMaxWait", () => bus.Subscribe(new() { Mode = ProcessingMode.Batch, BatchMaxWait = wrong }));
        foreach (TimeSpan wrong in new[] { TimeSpan.Zero, TimeSpan.FromDays(25), TimeSpan.MaxValue, TimeSpan.MinValue })
        {
            Expect("Lease", () => bus.Messages(new() { Lease = wrong }));
            Expect("MaxLease", () => bus.Messages(new() { MaxLease = wrong }));
            Expect("StallTimeout", () => bus.Messages(new() { StallTimeout = wrong }));
        }

        static void Expect(string name, Action code) =>
            Assert.That(Thrown.By<ArgumentOutOfRangeException>(code).ParamName, Is.EqualTo(name));
    }

#pragma warning disable ENGINE001 // The older bus.
    [Test]
    public void The_older_bus_s_numbers_have_ranges_too()
    {
        Assert.DoesNotThrow(() => _ = new AsyncEventBus(new AsyncEventBusConfig { MaxRetries = RetryOptions.Unlimited }));
        Assert.DoesNotThrow(
            () => _ = new AsyncEventBus(new AsyncEventBusConfig { BatchSize = int.MaxValue, BatchInterval = TimeSpan.Zero }));
        foreach (AsyncEventBusConfig wrong in new AsyncEventBusConfig[]
        {
            new() { MaxRetries = 1000 }, new() { BatchSize = (1 << 20) + 1 }, new() { BatchInterval = TimeSpan.MaxValue },
            new() { BatchInterval = TimeSpan.FromTicks(-1) },
        })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _ = new AsyncEventBus(wrong));
        }
    }
#pragma warning restore ENGINE001

    private static IEnumerable<TestCaseData> Ends()
    {
        foreach (OptionKey<EventBusOptions> key in BusOptionKeys.All)
        {
            foreach (string end in EndsOf(key.Range))
                yield return new TestCaseData(key.Path, end);
        }
    }

    /// <summary>The ends that a range names, as a file would have them.</summary>
    private static IEnumerable<string> EndsOf(string range)
    {
        string[] parts = range.Split(", or ");
        if (parts.Length > 1)
            yield return parts[1];
        if (parts[0].Split(" to ") is [var least, var most] && !least.StartsWith("up", StringComparison.Ordinal))
        {
            yield return least.Replace(",", "", StringComparison.Ordinal);
            yield return most.Replace(",", "", StringComparison.Ordinal);
        }
        else if (parts[0].Split(", at most ") is [_, var top])
        {
            yield return top.Replace(",", "", StringComparison.Ordinal);
        }
    }

    /// <summary>Options with one key at a value, and those that must not be above or below it at the same.</summary>
    private static EventBusOptions With(string path, string value)
    {
        var options = new EventBusOptions();
        Set(path);
        string[] group = [.. BusOptionsRules.AtMost.Where(rule => rule.Left == path || rule.Right == path)
            .SelectMany(static rule => new[] { rule.Left, rule.Right }).Distinct().Where(other => other != path)];
        foreach (string other in group)
        {
            Set(other);
            foreach ((string left, string right) in BusOptionsRules.AtMost)
            {
                if (left == other || right == other)
                    Set(left == other ? right : left);
            }
        }

        return options;

        void Set(string key)
        {
            // The smallest batch has no "unlimited".
            if (key != "Batch:MinSize" || value != "unlimited")
                Assert.That(BusOptionKeys.All.Single(k => k.Path == key).TrySet(options, value), Is.True, key);
        }
    }

    private static async Task<bool> RunAsync(EventBusOptions options)
    {
        await using var bus = new EventBus("ends", options);
        int handled = 0;
        foreach (ProcessingMode mode in Enum.GetValues<ProcessingMode>())
            bus.Subscribe<OrderCreated>((in OrderCreated _, EventContext _) => Interlocked.Increment(ref handled), new() { Mode = mode });
        bus.SubscribeBatch<OrderCreated>((batch, _) =>
        {
            Interlocked.Add(ref handled, batch.Count);
            return ValueTask.CompletedTask;
        });
        bus.Subscribe<OrderCreated>(
            (in OrderCreated _, EventContext _) => Interlocked.Increment(ref handled),
            new() { Mode = ProcessingMode.Async, OrderingKey = static (in OrderCreated order) => order.Number });
        await using MessageSubscription messages = bus.SubscribeMessages<OrderCreated>();
        using var monitor = new PerformanceMonitor(bus, options.Metrics);
        bus.Start();
        // One at a time, for some queues may hold only one.
        bus.Publish(new OrderCreated(1));
        Assert.That(messages.TryTake(out EventMessage message), Is.True);
        message.Ack();
        bus.UpdateOptions(options);
        monitor.Sample();
        Assert.That(monitor.GetReport().ToString(), Is.Not.Empty);
        Assert.That((await bus.StopAsync()).IsDrained, Is.True);
        Assert.That(handled, Is.EqualTo(6));
        return true;
    }

    private sealed class DisposableBus : IDisposable
    {
        private readonly EventBus _bus = new();

        public void Subscribe(BusSubscriptionOptions<OrderCreated> options) =>
            _bus.Subscribe<OrderCreated>(static (in OrderCreated _, EventContext _) => { }, options);

        public void Messages(MessageSubscriptionOptions options) => _bus.SubscribeMessages<OrderCreated>(options);

        public void Dispose() => _bus.DisposeAsync().AsTask().Wait(Eventually.HangGuard);
    }
}
