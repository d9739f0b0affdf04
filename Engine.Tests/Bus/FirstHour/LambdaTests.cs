using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Events;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.FirstHour;

/// <summary>
/// Lines as somebody writes them who meets the bus for the first time: each must compile, call the handler once with the event, and
/// in the mode that its form implies.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LambdaTests
{
    private static readonly Func<Task> Later = static async () => await Task.Yield();

    private readonly List<int> _seen = [];

    [TestCaseSource(nameof(Lines))]
    public void A_line_compiles_and_its_handler_is_called_once(
        Func<EventBus, List<int>, BusSubscription> subscribe, ProcessingMode mode)
    {
        EventBus bus = Buses.Started();
        using BusSubscription subscription = subscribe(bus, _seen);
        Assert.That(bus.Publish(new Tick(7)), Is.EqualTo(PublishOutcome.Published));
        bus.StopDrained();
        Assert.That((subscription.Mode, subscription.DeliveredCount, subscription.ErrorCount), Is.EqualTo((mode, 1L, 0L)));
        Assert.That(_seen, Is.EqualTo(new[] { 7 }));
    }

    [TestCaseSource(nameof(Lines))]
    public void The_same_through_the_interface(Func<IEventBus, List<int>, BusSubscription> subscribe, ProcessingMode mode) =>
        Assert.That(subscribe(Buses.Started(), _seen).Mode, Is.EqualTo(mode));

    [TestCase(true)]
    [TestCase(false)]
    public void Where_and_Filter_have_both_to_be_passed(bool isLambdaOnly)
    {
        var bus = new EventBus();
        bus.Subscribe<Tick>(t => _seen.Add(t.Value), new()
        {
            Where = t => t.Value > 2,
            Filter = isLambdaOnly ? null : EventFilter.Where<Tick>(t => t.Value % 2 == 0),
        });
        for (int i = 0; i < 6; i++)
            bus.Publish(new Tick(i));
        Assert.That(_seen, Is.EqualTo(isLambdaOnly ? new[] { 3, 4, 5 } : [4]));
    }

    [Test]
    public void Where_that_throws_is_an_error_of_the_subscription()
    {
        var bus = new EventBus();
        BusSubscription subscription = bus.Subscribe<Tick>(_ => Assert.Fail(), new() { Where = t => throw new FormatException() });
        bus.Publish(new Tick(1));
        Assert.That((subscription.ErrorCount, subscription.DeliveredCount), Is.EqualTo((1L, 0L)));
    }

    [Test]
    public void The_filter_option_has_one_name_for_types_and_patterns()
    {
        var bus = new EventBus("bus", new EventBusOptions { VmId = "vm-1" });
        bus.Subscribe<Tick>(t => _seen.Add(1), new() { Filter = AnyEventFilter.FromVm("vm-1") });
        bus.Subscribe<Tick>(t => _seen.Add(2), new() { Filter = AnyEventFilter.FromVm("vm-2") });
        bus.Subscribe("clock.*", e => _seen.Add(3), new() { Filter = AnyEventFilter.FromVm("vm-1") });
        bus.Subscribe("clock.*", e => _seen.Add(4), new() { Filter = AnyEventFilter.FromVm("vm-2") });
        bus.Publish(new Tick(0));
        Assert.That(_seen, Is.EqualTo(new[] { 1, 3 }));
    }

    [Test]
    public void A_lambda_on_a_pattern_has_the_payload_at_hand()
    {
        var bus = new EventBus("shop");
        var texts = new List<string>();
        bus.Subscribe("order.*", c =>
        {
            Assert.That(c.TryGet(out Tick _), Is.False);
            Assert.That(c.TryGet<Order>(out Order? order), Is.True);
            Assert.That(c.TryGet(out Order? inferred), Is.True);
            Assert.That(inferred, Is.SameAs(order));
            Assert.That(c.Payload, Is.SameAs(order));
            var visitor = new NameVisitor();
            c.Accept(ref visitor);
            texts.Add($"{c.EventType.Name} {visitor.Name} {order!.Number} from {c.Source}, depth {c.Depth}, attempt {c.Attempt}");
            Assert.That(c.Id, Is.EqualTo(c.Context.Id));
        });
        BusSubscription all = bus.Subscribe("**", c => texts.Add(c.ToString()));
        bus.Publish(new Order(5));
        bus.Publish(new Tick(1));
        Assert.That(texts, Is.EqualTo(new[]
        {
            "order.placed Order 5 from shop, depth 0, attempt 1", $"order.placed {new Order(5)}", $"clock.tick {new Tick(1)}",
        }));
        Assert.That(all.ErrorCount, Is.Zero);
    }

    [Test]
    public void One_event_inside_another_does_not_disturb_it()
    {
        var bus = new EventBus();
        bus.Subscribe("clock.*", c =>
        {
            Assert.That(c.TryGet(out Tick tick), Is.True);
            if (tick.Value < 3)
                bus.Publish(new Tick(tick.Value + 1));
            Assert.That(c.TryGet(out Tick again) && again == tick);
            _seen.Add(tick.Value);
        });
        bus.Publish(new Tick(0));
        Assert.That(_seen, Is.EqualTo(new[] { 3, 2, 1, 0 }));
    }

    [Test]
    public void What_is_kept_of_an_event_beyond_its_handler_says_so()
    {
        var bus = new EventBus();
        AnyEvent? kept = null;
        bus.Subscribe("clock.*", c => kept = c);
        bus.Publish(new Tick(0));
        Assert.That(() => kept!.Payload, Throws.InvalidOperationException);
        Assert.That(() => kept!.TryGet(out Tick _), Throws.InvalidOperationException);
        Assert.That(() => kept!.Id, Throws.InvalidOperationException);
        Assert.That(kept!.ToString(), Is.EqualTo("no event"));
    }

    [Test]
    public void A_lambda_on_a_pattern_allocates_nothing_in_the_steady_state()
    {
        var bus = new EventBus();
        long sum = 0;
        bus.Subscribe("clock.*", c => sum += c.TryGet(out Tick tick) ? tick.Value : 0);
        bus.Subscribe<Tick>((t, c) => sum += t.Value + c.Depth);
        long published = 0;
        long allocated = Allocations.Of(() =>
        {
            published++;
            bus.Publish(new Tick(1));
        });
        Assert.That((allocated, sum), Is.EqualTo((0L, 2 * published)));
    }

    [Test]
    public async Task What_handlers_of_tasks_throw_is_counted_wherever_they_throw_it()
    {
        await using EventBus bus = Buses.Started();
        BusSubscription[] subscriptions =
        [
            bus.Subscribe<Tick>(async t => { await Task.Yield(); throw new FormatException(); }),
            bus.Subscribe<Tick>(t => Task.FromException(new FormatException())),
            bus.Subscribe<Tick>(t => throw new FormatException()),
            bus.Subscribe<Tick>((t, c) => (Task)null!),
            bus.Subscribe("clock.*", async c => { await Task.Yield(); throw new FormatException(); }),
            bus.Subscribe("clock.*", c => (Task)null!),
            bus.SubscribeBatch<Tick>(b => throw new FormatException(), new() { BatchSize = 1 }),
        ];
        bus.Publish(new Tick(1));
        bus.StopDrained();
        Assert.That(subscriptions.Select(static s => (s.DeliveredCount, s.ErrorCount)), Has.All.EqualTo((1L, 1L)));
    }

    [Test]
    public void A_missing_handler_is_named()
    {
        var bus = new EventBus();
        Assert.That(() => bus.Subscribe((Action<Tick>)null!), Throws.ArgumentNullException);
        Assert.That(() => bus.Subscribe((Func<Tick, Task>)null!), Throws.ArgumentNullException);
        Assert.That(() => bus.SubscribeBatch((Action<EventBatch<Tick>>)null!), Throws.ArgumentNullException);
        Assert.That(() => bus.Subscribe("a.*", (Action<AnyEvent>)null!), Throws.ArgumentNullException);
        Assert.That(() => bus.Subscribe("a.*", (Func<AnyEvent, Task>)null!), Throws.ArgumentNullException);
    }

#pragma warning disable CA2012 // What the lines return is not a task.
    private static IEnumerable<TestCaseData> Lines()
    {
        // Of one event type.
        yield return Sync("t =>", (bus, seen) => bus.Subscribe<Tick>(t => seen.Add(t.Value)));
        yield return Sync("(t, c) =>", (bus, seen) => bus.Subscribe<Tick>((t, c) => seen.Add(t.Value + c.Depth)));
        yield return Sync("t => block", (bus, seen) => bus.Subscribe<Tick>(t => { seen.Add(t.Value); }));
        yield return Sync("_ =>", (bus, seen) => bus.Subscribe<Tick>(_ => seen.Add(7)));
        yield return Sync("(t, _) => block", (bus, seen) => bus.Subscribe<Tick>((t, _) => { seen.Add(t.Value); }));
        yield return Sync("(in t, c) =>", (bus, seen) => bus.Subscribe<Tick>((in t, c) => seen.Add(t.Value)));
        yield return Sync("(Tick t) =>", (bus, seen) => bus.Subscribe((Tick t) => seen.Add(t.Value)));
        yield return Sync("(Tick t, EventContext c) =>", (bus, seen) => bus.Subscribe((Tick t, EventContext c) => seen.Add(t.Value)));
        yield return Sync("(in Tick t, EventContext c) =>", (bus, seen) => bus.Subscribe((in Tick t, EventContext c) => seen.Add(t.Value)));
        yield return Sync("static lambda", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).Handle));
        yield return Sync("method with context", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).HandleWithContext));
        yield return Sync("method with in", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).HandleIn));
        yield return Sync("Action<T>", (bus, seen) => { Action<Tick> a = t => seen.Add(t.Value); return bus.Subscribe(a); });
        yield return Sync(
            "named arguments", (bus, seen) => bus.Subscribe<Tick>(handler: t => seen.Add(t.Value), options: new() { Name = "n" }));
        yield return Sync("Where", (bus, seen) => bus.Subscribe<Tick>(t => seen.Add(t.Value), new() { Where = t => t.Value == 7 }));
        yield return Sync("BusHandler.Create(t)", (bus, seen) => bus.Subscribe(BusHandler.Create<Tick>(t => seen.Add(t.Value))));
        yield return Sync("BusHandler.Create(t, c)", (bus, seen) => bus.Subscribe(BusHandler.Create<Tick>((t, c) => seen.Add(t.Value))));

        yield return Async("async t =>", (bus, seen) => bus.Subscribe<Tick>(async t => { await Later(); seen.Add(t.Value); }));
        yield return Async(
            "async (t, c) =>", (bus, seen) => bus.Subscribe<Tick>(async (t, c) => { await Later(); seen.Add(t.Value + c.Depth); }));
        yield return Async(
            "async (t, c, ct) =>",
            (bus, seen) => bus.Subscribe<Tick>(async (t, c, ct) => { await Task.Delay(0, ct); seen.Add(t.Value); }));
        yield return Async(
            "async (t, ct) =>", (bus, seen) => bus.Subscribe<Tick>(async (t, ct) => { await Task.Delay(0, ct); seen.Add(t.Value); }));
        yield return Async(
            "async (Tick t, CancellationToken ct) =>",
            (bus, seen) => bus.Subscribe(async (Tick t, CancellationToken ct) => { await Later(); seen.Add(t.Value); }));
        yield return Async("method of Task, with token", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).RunUntilAsync));
        yield return Async("method of ValueTask, with token", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).ValueUntilAsync));
        yield return Async("async t => await", (bus, seen) => bus.Subscribe<Tick>(async t => await new Methods(seen).RunAsync(t)));
        yield return Async(
            "async (t, c) => await", (bus, seen) => bus.Subscribe<Tick>(async (t, c) => await new Methods(seen).RunAsync(t)));
        yield return Async(
            "async (t, c, ct) => await", (bus, seen) => bus.Subscribe<Tick>(async (t, c, ct) => await new Methods(seen).RunAsync(t)));
        yield return Async("t => Task", (bus, seen) => bus.Subscribe<Tick>(t => new Methods(seen).RunAsync(t)));
        yield return Async("(t, c) => Task", (bus, seen) => bus.Subscribe<Tick>((t, c) => new Methods(seen).RunAsync(t)));
        yield return Async("(t, c, ct) => Task", (bus, seen) => bus.Subscribe<Tick>((t, c, ct) => new Methods(seen).RunAsync(t)));
        yield return Async("t => Task<int>", (bus, seen) => bus.Subscribe<Tick>(t => new Methods(seen).CountAsync(t)));
        yield return Async("t => ValueTask", (bus, seen) => bus.Subscribe<Tick>(t => new Methods(seen).ValueAsync(t)));
        yield return Async("(t, c) => ValueTask", (bus, seen) => bus.Subscribe<Tick>((t, c) => new Methods(seen).ValueAsync(t)));
        yield return Async("(t, c, ct) => ValueTask", (bus, seen) => bus.Subscribe<Tick>((t, c, ct) => new Methods(seen).ValueAsync(t)));
        yield return Async(
            "t => block of Task", (bus, seen) => bus.Subscribe<Tick>(t => { seen.Add(t.Value); return Task.CompletedTask; }));
        yield return Async("method of Task", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).RunAsync));
        yield return Async("method of Task, all", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).RunAllAsync));
        yield return Async("method of ValueTask", (bus, seen) => bus.Subscribe<Tick>(new Methods(seen).ValueAsync));
        yield return Async("async (Tick t) =>", (bus, seen) => bus.Subscribe(async (Tick t) => { await Later(); seen.Add(t.Value); }));
        yield return Async(
            "async (Tick t, EventContext c, CancellationToken ct) =>",
            (bus, seen) => bus.Subscribe(async (Tick t, EventContext c, CancellationToken ct) => { await Later(); seen.Add(t.Value); }));
        yield return Async(
            "BusHandler.CreateAsync(t)",
            (bus, seen) => bus.Subscribe(BusHandler.CreateAsync<Tick>(async t => { await Later(); seen.Add(t.Value); })));
        yield return Async(
            "BusHandler.CreateAsync(t, c, ct)",
            (bus, seen) => bus.Subscribe(BusHandler.CreateAsync<Tick>(async (t, c, ct) => { await Later(); seen.Add(t.Value); })));

        // Batches.
        yield return Batch("b =>", (bus, seen) => bus.SubscribeBatch<Tick>(b => seen.Add(b.Events.Span[0].Value), One));
        yield return Batch("b => block", (bus, seen) => bus.SubscribeBatch<Tick>(b => { seen.Add(b.Events.Span[0].Value); }, One));
        yield return Batch("(b, ct) => void", (bus, seen) => bus.SubscribeBatch<Tick>((b, ct) => seen.Add(b.Events.Span[0].Value), One));
        yield return Batch("(b, ct) => block", (bus, seen) => bus.SubscribeBatch<Tick>((b, ct) => { seen.Add(b.Count + 6); }, One));
        yield return Batch(
            "async b =>", (bus, seen) => bus.SubscribeBatch<Tick>(async b => { await Later(); seen.Add(b.Count + 6); }, One));
        yield return Batch(
            "async (b, ct) =>", (bus, seen) => bus.SubscribeBatch<Tick>(async (b, ct) => { await Later(); seen.Add(b.Count + 6); }, One));
        yield return Batch("b => Task", (bus, seen) => bus.SubscribeBatch<Tick>(b => new Methods(seen).RunAsync(b.Events.Span[0]), One));
        yield return Batch(
            "(b, ct) => Task", (bus, seen) => bus.SubscribeBatch<Tick>((b, ct) => new Methods(seen).RunAsync(b.Events.Span[0]), One));
        yield return Batch(
            "b => ValueTask", (bus, seen) => bus.SubscribeBatch<Tick>(b => new Methods(seen).ValueAsync(b.Events.Span[0]), One));
        yield return Batch(
            "(EventBatch<Tick> b) =>", (bus, seen) => bus.SubscribeBatch((EventBatch<Tick> b) => seen.Add(b.Count + 6), One));
        yield return Batch("method", (bus, seen) => bus.SubscribeBatch<Tick>(new Methods(seen).HandleBatch, One));

        // Patterns.
        yield return Sync("pattern, c =>", (bus, seen) => bus.Subscribe("clock.*", c => Methods.Take(c, seen)));
        yield return Sync("pattern, c => block", (bus, seen) => bus.Subscribe("clock.*", c => { Methods.Take(c, seen); }));
        yield return Sync("pattern, c => object", (bus, seen) => bus.Subscribe("clock.*", c => seen.Add(((Tick)c.Payload).Value)));
        yield return Sync("name, c =>", (bus, seen) => bus.Subscribe("clock.tick", c => Methods.Take(c, seen)));
        yield return Sync("pattern, options", (bus, seen) => bus.Subscribe("clock.*", c => Methods.Take(c, seen), new() { Name = "n" }));
        yield return Sync("pattern, CreateAny", (bus, seen) => bus.Subscribe("clock.*", BusHandler.CreateAny(c => seen.Add(c.Depth + 7))));
        yield return Async(
            "pattern, async c =>", (bus, seen) => bus.Subscribe("clock.*", async c => { await Later(); Methods.Take(c, seen); }));
        yield return Async(
            "pattern, async (c, ct) =>",
            (bus, seen) => bus.Subscribe("clock.*", async (c, ct) => { await Later(); Methods.Take(c, seen); }));
        yield return Async("pattern, c => Task", (bus, seen) => bus.Subscribe("clock.*", c => new Methods(seen).RunAsync((Tick)c.Payload)));
        yield return Async(
            "pattern, (c, ct) => Task", (bus, seen) => bus.Subscribe("clock.*", (c, ct) => new Methods(seen).RunAsync((Tick)c.Payload)));
        yield return Async(
            "pattern, c => ValueTask", (bus, seen) => bus.Subscribe("clock.*", c => new Methods(seen).ValueAsync((Tick)c.Payload)));
        yield return Async(
            "pattern, CreateAnyAsync",
            (bus, seen) => bus.Subscribe("clock.*", BusHandler.CreateAnyAsync(async (c, ct) => { await Later(); seen.Add(7); })));

        static TestCaseData Sync(string line, Func<IEventBus, List<int>, BusSubscription> subscribe) =>
            Case(line, subscribe, ProcessingMode.Sync);
        static TestCaseData Async(string line, Func<IEventBus, List<int>, BusSubscription> subscribe) =>
            Case(line, subscribe, ProcessingMode.Async);
        static TestCaseData Batch(string line, Func<IEventBus, List<int>, BusSubscription> subscribe) =>
            Case("batch, " + line, subscribe, ProcessingMode.Batch);
        static TestCaseData Case(string line, Func<IEventBus, List<int>, BusSubscription> subscribe, ProcessingMode mode) =>
            new TestCaseData(subscribe, mode).SetArgDisplayNames(line);
    }
#pragma warning restore CA2012

    private static BusSubscriptionOptions<Tick> One { get; } = new() { BatchSize = 1 };

    private struct NameVisitor : IEventVisitor
    {
        public string Name { get; private set; }

        public void Visit<T>(in T @event)
            where T : IEvent<T> =>
            Name = typeof(T).Name;
    }

    private sealed class Methods(List<int> seen)
    {
        public static void Take(AnyEvent any, List<int> seen)
        {
            if (any.TryGet(out Tick tick))
                seen.Add(tick.Value);
        }

        public void Handle(Tick tick) => seen.Add(tick.Value);

        public Task RunUntilAsync(Tick tick, CancellationToken cancellationToken) => RunAsync(tick);

        public ValueTask ValueUntilAsync(Tick tick, CancellationToken cancellationToken) => ValueAsync(tick);

        public void HandleWithContext(Tick tick, EventContext context) => seen.Add(tick.Value + context.Depth);

        public void HandleIn(in Tick tick, EventContext context) => seen.Add(tick.Value + context.Depth);

        public void HandleBatch(EventBatch<Tick> batch) => seen.Add(batch.Events.Span[0].Value);

        public async Task RunAsync(Tick tick)
        {
            await Task.Yield();
            seen.Add(tick.Value);
        }

        public Task RunAllAsync(Tick tick, EventContext context, CancellationToken cancellationToken) => RunAsync(tick);

        public async Task<int> CountAsync(Tick tick)
        {
            await RunAsync(tick);
            return 1;
        }

        public ValueTask ValueAsync(Tick tick) => new(RunAsync(tick));
    }
}
