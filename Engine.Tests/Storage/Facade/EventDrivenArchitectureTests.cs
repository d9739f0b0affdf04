using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Engine.Bus;
using Engine.Storage.DeadLetters;
using Engine.Storage.Facade;
using Engine.Storage.Outbox;
using Engine.Storage.Records;
using Engine.Storage.Stores;
using Engine.Storage.Subscriptions;
using Engine.Tests.Storage.Support;
using Engine.Tests.Support;
using static Engine.Tests.Storage.Support.SampleEvents;

namespace Engine.Tests.Storage.Facade;

internal sealed class EventDrivenArchitectureTests
{
    private readonly ConcurrentQueue<string> _seen = [];
    private readonly List<EventDrivenArchitecture> _open = [];
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void SetUp()
    {
        _seen.Clear();
        _folder = new TemporaryFolder();
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (EventDrivenArchitecture architecture in _open)
            await architecture.DisposeAsync();
        _open.Clear();
        _folder.Dispose();
    }

    [Test]
    public async Task A_published_event_is_stored_and_reaches_bus_processors_publishers_and_subscribers()
    {
        EventDrivenArchitecture architecture = await StartAsync(async made =>
        {
            await made.Processors.RegisterProcessorAsync("order.*", Processor("p"));
            await made.Publishers.RegisterPublisherAsync("**", new TestPublisher("out", Note));
        });
        architecture.SubscribeToEvent("order.created", new DefaultEventHandler("s", (item, _) => Note($"s {item.EventType}")));
        using BusSubscription typed = architecture.EventBus.Subscribe<OrderCreated>(
            (in created, _) => _seen.Enqueue($"typed {created.Number}"));
        EventPublishResult result = await architecture.PublishEventAsync(new OrderCreated(7), waitFor: PublishWaitFor.Processed);
        Assert.That(result.Failures, Is.Empty);
        Assert.That(result.Stored, Is.EqualTo(new AppendResult(AppendOutcome.Stored, 1)));
        Eventually.IsTrue(() => _seen.Count == 4);
        Assert.That(_seen, Is.EquivalentTo(new[] { "p order.created", "out order.created", "s order.created", "typed 7" }));

        // An event without a type takes the same way.
        _seen.Clear();
        architecture.SubscribeToEvent("other.*", new DefaultEventHandler("s2", (item, _) => Note($"s2 {item.Data.Length}")));
        await architecture.PublishEventAsync(Event("other.thing"), PublishWaitFor.Published);
        Eventually.IsTrue(() => _seen.Count == 2);
        Assert.That(_seen, Is.EquivalentTo(new[] { "out other.thing", "s2 7" }));
        EventMetrics metrics = architecture.Monitor.GetMetrics();
        Assert.That((metrics.TotalEvents, metrics.Topics["order.created"], metrics.FailedEvents), Is.EqualTo((5L, 3L, 0L)));
    }

    [Test]
    public async Task A_processor_that_fails_fails_neither_the_publish_nor_the_others_and_becomes_a_dead_letter()
    {
        bool isBroken = true;
        EventDrivenArchitecture architecture = await StartAsync(async made =>
        {
            await made.Processors.RegisterProcessorAsync("**", new DelegateEventProcessor(
                "bad", (delivery, _) => Volatile.Read(ref isBroken) ? throw new InvalidOperationException("broken") : Note("bad at last")));
            await made.Processors.RegisterProcessorAsync("**", Processor("good"));
        });
        EventPublishResult result = await architecture.PublishEventAsync(Event(), PublishWaitFor.Processed);
        Assert.That(result.Failures.Keys, Is.EqualTo(new[] { "processor:bad" }));
        Assert.That(result.Failures["processor:bad"].Message, Is.EqualTo("broken"));
        Assert.That(_seen, Is.EqualTo(new[] { "good order.created" }));

        DeadLetter letter = DeadLetter.For(
            (await architecture.EventStore.GetBySequenceAsync(1))!, "processor:bad", 5, "broken", null, default, default);
        await architecture.Storage.DeadLetters.AddAsync(letter);
        Volatile.Write(ref isBroken, false);
        var redriver = new DeadLetterRedriver(architecture.Storage.DeadLetters, architecture.RedriveTargets);
        RedriveReport report = await redriver.RedriveAsync(new DeadLetterFilter());
        Assert.That((report.Delivered, report.Failed), Is.EqualTo((1, 0)));
        Assert.That(_seen, Does.Contain("bad at last"));
    }

    [Test]
    public async Task Parts_go_on_behind_a_restart_where_they_were()
    {
        EventDrivenArchitecture first = await StartAsync(made => made.Processors.RegisterProcessorAsync("**", Processor("p")));
        await first.PublishEventAsync(Event("a.one"), PublishWaitFor.Processed);
        Assert.That((await first.StopAsync()).Parts, Is.Empty);
        Assert.That(await first.Processors.UnregisterProcessorAsync("**", "p"), Is.True);
        Assert.ThrowsAsync<InvalidOperationException>(() => first.PublishEventAsync(Event()));
        await first.EventStore.AppendAsync(Event("a.two"));
        await first.DisposeAsync();
        _seen.Clear();
        await StartAsync(made => made.Processors.RegisterProcessorAsync("**", Processor("p")));
        Eventually.IsTrue(() => !_seen.IsEmpty);
        Assert.That(_seen, Is.EqualTo(new[] { "p a.two" }));
    }

    [Test]
    public async Task Replay_reaches_processors_only_and_says_that_it_is_one()
    {
        EventDrivenArchitecture architecture = await StartAsync(async made =>
        {
            await made.Processors.RegisterProcessorAsync("order.*", new DelegateEventProcessor("p", (delivery, _) =>
                Note($"p {delivery.Event.Sequence}{(delivery.IsReplay ? " again" : "")}")));
            await made.Processors.RegisterProcessorAsync("order.created", Processor("q"), priority: 1);
            await made.Publishers.RegisterPublisherAsync("**", new TestPublisher("out", Note));
        });
        await architecture.PublishEventAsync(Event(), PublishWaitFor.Processed);
        await architecture.PublishEventAsync(Event("order.shipped"), PublishWaitFor.Processed);
        _seen.Clear();
        ReplayReport report = await architecture.ReplayEventsAsync("order.*", DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        Assert.That((report.Events, report.Failed), Is.EqualTo((2L, 0L)));
        Assert.That(_seen, Is.EqualTo(new[] { "q order.created", "p 1 again", "p 2 again" }));
        _seen.Clear();
        await architecture.ReplayEventsAsync("order.*", DateTimeOffset.MinValue, DateTimeOffset.MaxValue, "q");
        Assert.That(_seen, Is.EqualTo(new[] { "q order.created" }));
        Assert.That((await architecture.GetEventHistoryAsync("**")).Select(static item => item.Sequence), Is.EqualTo(new[] { 2, 1 }));
    }

    [Test]
    public async Task Ids_are_taken_once_and_unregistering_says_whether_there_was_one()
    {
        EventDrivenArchitecture architecture = await StartAsync(static _ => Task.CompletedTask);
        DelegateEventProcessor processor = Processor("p");
        await architecture.Processors.RegisterProcessorAsync("a.*", processor);
        await architecture.Processors.RegisterProcessorAsync("b.*", processor);
        Assert.That(
            Assert.ThrowsAsync<InvalidOperationException>(() => architecture.Processors.RegisterProcessorAsync("a.*", processor))!.Message,
            Does.Contain("\"p\"").And.Contain("\"a.*\""));
        Assert.ThrowsAsync<InvalidOperationException>(() => architecture.Processors.RegisterProcessorAsync("c.*", Processor("p")));
        Assert.ThrowsAsync<FormatException>(() => architecture.Processors.RegisterProcessorAsync("A", Processor("r")));
        Assert.That(await architecture.Processors.UnregisterProcessorAsync("a.*", "p"), Is.True);
        Assert.That(await architecture.Processors.UnregisterProcessorAsync("a.*", "p"), Is.False);
        await architecture.PublishEventAsync(Event("a.x"), PublishWaitFor.Processed);
        await architecture.PublishEventAsync(Event("b.x"), PublishWaitFor.Processed);
        Assert.That(_seen, Is.EqualTo(new[] { "p b.x" }));

        var handler = new DefaultEventHandler("h", (item, _) => Note(item.EventType));
        Assert.That(architecture.SubscribeToEvent("a.*", handler), Is.EqualTo("h"));
        Assert.Throws<InvalidOperationException>(() => architecture.SubscribeToEvent("a.*", handler));
        Assert.Throws<FormatException>(() => architecture.SubscribeToEvent("A", handler));
        Assert.That(await architecture.UnsubscribeFromEventAsync("a.*", "h"), Is.True);
        Assert.That(await architecture.UnsubscribeFromEventAsync("a.*", "h"), Is.False);
    }

    [Test]
    public async Task Only_known_names_are_published_where_that_is_asked_for()
    {
        var config = new EventDrivenConfig();
        config.Bus.Strict = true;
        config.Bus.EventTypes = ["known.name"];
        EventDrivenArchitecture architecture = await StartAsync(static _ => Task.CompletedTask, config);
        await architecture.PublishEventAsync(Event("known.name"));
        ArgumentException error = Assert.ThrowsAsync<ArgumentException>(() => architecture.PublishEventAsync(Event("unknown.name")))!;
        Assert.That(error.Message, Does.Contain("known.name, order.created, order.shipped"));
        Assert.That(architecture.ValidateEvent(Event("No")).Single().Code, Is.EqualTo(EventErrorCode.InvalidEventType));
        Assert.ThrowsAsync<InvalidOperationException>(() => architecture.InitializeAsync());
    }

    [Test]
    public async Task A_part_that_cannot_start_is_named_and_the_others_are_stopped()
    {
        await File.WriteAllTextAsync(_folder.PathOf("events.db"), new string('x', 8192));
        EventDrivenArchitecture architecture = New();
        EventDrivenException error = Assert.ThrowsAsync<EventDrivenException>(() => architecture.InitializeAsync())!;
        Assert.That(error.Part, Is.EqualTo("store"));
        Assert.That(architecture.EventBus.State, Is.EqualTo(Engine.Primitives.LifecycleState.Stopped));
    }

    [Test]
    public async Task A_processor_that_hangs_is_left_behind()
    {
        var config = new EventDrivenConfig();
        config.Processors.Timeout = TimeSpan.FromMilliseconds(50);
        config.Processors.PoolParallelism = 1;
        using var gate = new ManualResetEventSlim();
        EventDrivenArchitecture architecture = await StartAsync(
            async made =>
            {
                await made.Processors.RegisterProcessorAsync("**", new DelegateEventProcessor("blocks", (_, _) =>
                {
                    gate.Wait(CancellationToken.None);
                    return ValueTask.CompletedTask;
                }));
                await made.Processors.RegisterProcessorAsync("**", Processor("good"));
            },
            config);
        EventPublishResult result = await architecture.PublishEventAsync(Event(), PublishWaitFor.Processed);
        Assert.That(result.Failures["processor:blocks"], Is.InstanceOf<TimeoutException>());
        // Where its thread had to wait for a processor for so long, the good one is asked again.
        Assert.That(_seen, Is.Not.Empty.And.All.EqualTo("good order.created"));
        gate.Set();
    }

    [Test]
    public async Task Two_that_publish_the_same_event_wait_each_for_themselves()
    {
        var gate = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        EventDrivenArchitecture architecture = await StartAsync(made => made.Processors.RegisterProcessorAsync(
            "**", new DelegateEventProcessor("slow", async (_, _) =>
            {
                begun.TrySetResult();
                await gate.Task;
            })));
        StoredEvent item = Event();
        Task<EventPublishResult> first = architecture.PublishEventAsync(item, PublishWaitFor.Processed);
        await begun.Task.WaitAsync(Eventually.HangGuard);
        EventPublishResult again = await architecture.PublishEventAsync(item, PublishWaitFor.Processed);
        gate.SetResult();
        EventPublishResult result = await first.WaitAsync(Eventually.HangGuard);
        Assert.That((again.Stored.Outcome, result.Stored.Outcome, result.Failures.Count),
            Is.EqualTo((AppendOutcome.Duplicate, AppendOutcome.Stored, 0)));
    }

    [Test]
    public async Task A_publisher_that_is_down_loses_nothing_and_uses_up_no_attempts()
    {
        int calls = 0;
        var config = new EventDrivenConfig();
        config.Publishers.BreakerFailures = 2;
        config.Publishers.BreakerDuration = TimeSpan.FromSeconds(1);
        EventDrivenArchitecture architecture = await StartAsync(
            made => made.Publishers.RegisterPublisherAsync("**", new TestPublisher("out", text =>
                Interlocked.Increment(ref calls) <= 4 ? throw new InvalidOperationException("down") : Note(text))),
            config);
        await architecture.PublishEventAsync(Event());
        Eventually.IsTrue(() => !_seen.IsEmpty);
        Assert.That(await architecture.Storage.DeadLetters.ListAsync(), Is.Empty);
        Assert.That(calls, Is.EqualTo(5));
    }

    [Test]
    public async Task Built_in_publishers_carry_events_to_another_bus_and_to_what_publishes_an_outbox()
    {
        await using var other = new EventBus("other");
        other.Start();
        using BusSubscription typed = other.Subscribe<OrderCreated>((in created, _) => _seen.Enqueue($"bus {created.Number}"));
        using BusSubscription named = other.Subscribe("other.*", new NameNote(_seen));
        using var bus = new BusEventPublisher("bus-out", other, StorageTypes.Versions);
        IOutboxPublisher broker = OutboxPublisher.To((item, _) => Note($"broker {item.EventType}"));
        EventDrivenArchitecture architecture = await StartAsync(async made =>
        {
            await made.Publishers.RegisterPublisherAsync("**", bus);
            await made.Publishers.RegisterPublisherAsync("**", DelegateEventPublisher.To("broker", broker));
        });
        await architecture.PublishEventAsync(new OrderCreated(7), waitFor: PublishWaitFor.Published);
        await architecture.PublishEventAsync(Event("other.thing"), PublishWaitFor.Published);
        Eventually.IsTrue(() => _seen.Count == 4);
        Assert.That(_seen, Is.EquivalentTo(new[] { "bus 7", "bus other.thing", "broker order.created", "broker other.thing" }));

        await other.StopAsync();
        EventPublishResult refused = await architecture.PublishEventAsync(Event("other.thing"), PublishWaitFor.Published);
        Assert.That(refused.Failures.Keys, Is.EqualTo(new[] { "publisher:bus-out" }), "what is not taken is not confirmed");
    }

    [Test]
    public async Task What_was_handled_is_shown_to_who_collects_metrics()
    {
        EventDrivenArchitecture architecture = await StartAsync(
            made => made.Processors.RegisterProcessorAsync("**", Processor("p")), source: "metered");
        await architecture.PublishEventAsync(Event(), PublishWaitFor.Processed);
        var values = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, it) =>
        {
            if (instrument.Meter.Name == "Engine.Storage")
                it.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument.Name, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.That(values["engine.storage.events metered order.created success"], Is.GreaterThanOrEqualTo(1));
        Assert.That(values["engine.storage.events metered order.created failure"], Is.Zero);
        Assert.That(values["engine.storage.events.latency metered 0.99"], Is.GreaterThan(0));
        Assert.That(values["engine.storage.outbox.attempts metered success"], Is.Zero);

        void Record(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            values[string.Join(' ', tags.ToArray().Select(static tag => tag.Value).Prepend(name))] = value;
    }

    private EventDrivenArchitecture New(EventDrivenConfig? config = null, string source = "shop")
    {
        config ??= new EventDrivenConfig();
        config.Store.Connection = $"Data Source={_folder.PathOf("events.db")}";
        var architecture = new EventDrivenArchitecture(config, new EventDrivenParts { Versions = StorageTypes.Versions, Source = source });
        _open.Add(architecture);
        return architecture;
    }

    private async Task<EventDrivenArchitecture> StartAsync(
        Func<EventDrivenArchitecture, Task> register, EventDrivenConfig? config = null, string source = "shop")
    {
        EventDrivenArchitecture architecture = New(config, source);
        await register(architecture);
        await architecture.InitializeAsync();
        return architecture;
    }

    private DelegateEventProcessor Processor(string id) => new(id, (delivery, _) => Note($"{id} {delivery.Event.EventType}"));

    private ValueTask Note(string text)
    {
        _seen.Enqueue(text);
        return ValueTask.CompletedTask;
    }

    private sealed class NameNote(ConcurrentQueue<string> seen) : IBusAnyHandler
    {
        public void Handle<T>(in T @event, EventContext context)
            where T : Engine.Events.IEvent<T> =>
            seen.Enqueue($"bus {context.EventType.Name}");
    }

    private sealed class TestPublisher(string id, Func<string, ValueTask> note) : IEventPublisher
    {
        public string Id => id;

        public string Name => id;

        public async ValueTask<PublishConfirmation> PublishAsync(StoredEvent @event, CancellationToken cancellationToken)
        {
            await note($"{id} {@event.EventType}");
            return PublishConfirmation.Confirmed;
        }
    }
}
