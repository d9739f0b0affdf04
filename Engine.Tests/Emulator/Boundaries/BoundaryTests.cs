using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Boundaries;

/// <summary>A subscription with boundaries gets what a subscription to everything gets between them, and nothing else.</summary>
public sealed class BoundaryTests
{
    private const ulong Length = 4_000;

    private static EventEngine NewEngine() => new EngineBuilder().AddVmEvents().Build();

    private static void Stop(EventEngine engine) =>
        Assert.That(engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult().Left, Is.Empty);

    [Test]
    public void Covers_exactly_its_instructions([Values(1, 2, 3, 4, 5, 6)] int seed, [Values] bool othersListen, [Values] Delivery delivery)
    {
        var random = new Random(seed);
        List<InstructionRetired> all = Everything();
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(
            engine, new MachineOptions { RamSize = 1 << 20, PollInterval = random.Next(1, 500) });
        engine.Start();
        if (othersListen)
            engine.SubscribeBatch<InstructionRetired>((_, in _) => { });
        machine.Run(500);
        ulong from = 500 + (ulong)random.Next(1_500);
        ulong until = from + 1 + (ulong)random.Next(1_500);
        var got = new List<InstructionRetired>();
        Subscription subscription = engine.SubscribeBatch<InstructionRetired>(
            (events, in _) => got.AddRange(events),
            new() { Delivery = delivery, From = new Boundary(0, from), Until = new Boundary(0, until) });
        Assert.That(subscription.Coverage?.State, Is.EqualTo(BoundaryState.Waiting));
        machine.Run(Length - 500);
        Stop(engine);
        Assert.Multiple(() =>
        {
            Assert.That(got, Is.EqualTo(all[(int)from..(int)until]));
            Assert.That(subscription.Coverage, Is.EqualTo(new BoundaryCoverage(BoundaryState.Ended, from, until - 1, 0, 0, 0)));
            Assert.That(subscription.DeliveredCount, Is.EqualTo((long)(until - from)));
        });
    }

    [Test]
    public void Covers_the_rarer_events_of_its_instructions([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        ulong from = (ulong)random.Next(1_500);
        ulong until = from + 1 + (ulong)random.Next(2_000);
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        engine.Start();
        var all = new List<InterruptReturned>();
        var got = new List<InterruptReturned>();
        long blocks = 0;
        engine.SubscribeBatch<InterruptReturned>((events, in _) => all.AddRange(events));
        engine.SubscribeBatch<InterruptReturned>((events, in _) => got.AddRange(events), Between<InterruptReturned>(from, until));
        engine.SubscribeBatch<BlockExecuted>(
            (events, in _) =>
            {
                foreach (BlockExecuted block in events)
                    blocks += block.RetiredCount;
            },
            Between<BlockExecuted>(from, until));
        machine.Run(Length);
        Stop(engine);
        InterruptReturned[] expected =
            [.. all.Where(e => e.At.RetiredInstructions >= from && e.At.RetiredInstructions < until)];
        Assert.Multiple(() =>
        {
            Assert.That(expected, Is.Not.Empty);
            Assert.That(got, Is.EqualTo(expected));
            Assert.That((ulong)blocks, Is.EqualTo(until - from));
        });
    }

    [Test]
    public void What_comes_too_late_is_refused_with_the_count_that_was_passed()
    {
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        engine.Start();
        machine.Run(100);
        var told = new List<BoundaryCoverage>();
        Subscription late = engine.SubscribeBatch<InstructionRetired>(
            (_, in _) => Assert.Fail("called"), new() { From = new Boundary(0, 99), OnCoverage = told.Add });
        Subscription over = engine.SubscribeBatch<InstructionRetired>(
            (_, in _) => Assert.Fail("called"), new() { From = Boundary.Next(0), Until = new Boundary(0, 100) });
        Subscription inTime = engine.SubscribeBatch<InstructionRetired>(
            (_, in _) => { }, new() { From = new Boundary(0, 100), Until = new Boundary(0, 101) });
        machine.Run(100);
        var refused = new BoundaryCoverage(BoundaryState.Refused, 0, ulong.MaxValue, 100, 0, 0);
        Assert.Multiple(() =>
        {
            Assert.That(late.Coverage, Is.EqualTo(refused));
            Assert.That(told, Is.EqualTo(new[] { refused }));
            Assert.That(over.Coverage, Is.EqualTo(refused));
            Assert.That(inTime.Coverage?.State, Is.EqualTo(BoundaryState.Ended));
        });
        Stop(engine);
        Assert.That(inTime.DeliveredCount, Is.EqualTo(1));
    }

    [Test]
    public void What_the_guest_never_comes_to_is_never_reached_and_what_is_begun_ends_with_it()
    {
        EventEngine engine = NewEngine();
        engine.Start();
        Subscription never, begun, other;
        using (var machine = InterruptedGuest.Create(engine))
        {
            never = engine.SubscribeBatch<PageFaulted>((_, in _) => { }, new() { From = new Boundary(0, 1_000) });
            begun = engine.SubscribeBatch<InstructionRetired>((_, in _) => { }, new() { From = new Boundary(0, 10) });
            other = engine.SubscribeBatch<InstructionRetired>((_, in _) => { }, new() { From = new Boundary(1, 10) });
            machine.Run(200);
        }

        Stop(engine);
        Assert.Multiple(() =>
        {
            Assert.That(never.Coverage?.ToString(), Is.EqualTo("never reached: the virtual CPU ended at instruction 200"));
            Assert.That(begun.Coverage?.ToString(), Is.EqualTo("covered instructions 10 to 199"));
            Assert.That(begun.DeliveredCount, Is.EqualTo(190));
            Assert.That(other.Coverage?.State, Is.EqualTo(BoundaryState.Waiting), "there is no such virtual CPU");
        });
    }

    [Test]
    public void A_region_is_traced_and_the_rest_is_counted(
        [Values(1, 2, 3, 4)] int seed, [Values] bool othersListen, [Values] Delivery delivery)
    {
        var random = new Random(seed);
        List<InstructionRetired> all = Everything();
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(
            engine, new MachineOptions { RamSize = 1 << 20, PollInterval = random.Next(1, 500) });
        engine.Start();
        if (othersListen)
            engine.SubscribeBatch<InstructionRetired>((_, in _) => { });
        ulong from = (ulong)random.Next(1_000);
        ulong until = from + 1 + (ulong)random.Next(2_000);
        ulong first = TestMachine.Code + (4 * (ulong)random.Next(6));
        var region = new ExecutionRegion { FirstPc = first, LastPc = first + (ulong)random.Next(12) };
        var got = new List<InstructionRetired>();
        Subscription subscription = engine.SubscribeBatch<InstructionRetired>(
            (events, in _) => got.AddRange(events),
            Between<InstructionRetired>(from, until) with { Region = region, Delivery = delivery });
        Subscription elsewhere = engine.SubscribeBatch<InstructionRetired>(
            (_, in _) => { }, Between<InstructionRetired>(from, until) with { Region = new() { Modes = [PrivilegeMode.User] } });
        machine.Run(Length);
        Stop(engine);
        InstructionRetired[] expected = [.. all[(int)from..(int)until].Where(i => i.Pc >= region.FirstPc && i.Pc <= region.LastPc)];
        var inside = (ulong)expected.Length;
        Assert.Multiple(() =>
        {
            Assert.That(got, Is.EqualTo(expected));
            Assert.That(
                subscription.Coverage,
                Is.EqualTo(new BoundaryCoverage(BoundaryState.Ended, from, until - 1, 0, inside, until - from - inside)));
            Assert.That(elsewhere.Coverage?.OutsideRegion, Is.EqualTo(until - from));
            Assert.That(elsewhere.DeliveredCount, Is.Zero);
        });
    }

    [Test]
    public void Bad_boundaries_are_refused_with_their_values()
    {
        EventEngine engine = NewEngine();
        Assert.Multiple(() =>
        {
            Assert.That(
                () => Subscribe(Between<InstructionRetired>(7, 7)), Throws.ArgumentException.With.Message.Contains("instruction 7"));
            Assert.That(
                () => Subscribe(new() { From = new Boundary(0, 1), Until = new Boundary(1, 2) }),
                Throws.ArgumentException.With.Message.Contains("one virtual CPU"));
            Assert.That(() => Subscribe(new() { Until = Boundary.Next(0) }), Throws.ArgumentException);
            Assert.That(() => Subscribe(new() { Region = new() }), Throws.ArgumentException.With.Message.Contains("From or Until"));
            Assert.That(
                () => Subscribe(new() { From = new Boundary(0, 1), Region = new() { FirstPc = 2, LastPc = 1 } }), Throws.ArgumentException);
            Assert.That(
                () => engine.SubscribeBatch<PageFaulted>((_, in _) => { }, new() { From = new Boundary(0, 1), Region = new() }),
                Throws.ArgumentException.With.Message.Contains("vm.page-fault"));
        });

        void Subscribe(SubscriptionOptions<InstructionRetired> options) =>
            engine.SubscribeBatch<InstructionRetired>((_, in _) => { }, options);
    }

    [Test]
    public void What_its_callback_throws_is_counted_and_changes_nothing()
    {
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        engine.Start();
        Subscription subscription = engine.SubscribeBatch<InstructionRetired>(
            (_, in _) => { },
            Between<InstructionRetired>(3, 5) with { OnCoverage = static _ => throw new InvalidOperationException("of the user's own") });
        machine.Run(100);
        Stop(engine);
        Assert.Multiple(() =>
        {
            Assert.That(subscription.DeliveredCount, Is.EqualTo(2));
            Assert.That(subscription.ErrorCount, Is.EqualTo(2), "begun and ended");
        });
    }

    [Test]
    public void A_guest_that_nobody_watches_is_counted_to_its_end()
    {
        EventEngine engine = NewEngine();
        engine.Start();
        Subscription never;
        using (var machine = InterruptedGuest.Create(engine))
        {
            never = engine.SubscribeBatch<PageFaulted>((_, in _) => { }, new() { From = new Boundary(0, 1_000) });
            machine.Run(321);
        }

        Stop(engine);
        Assert.That(never.Coverage?.PassedCount, Is.EqualTo(321));
    }

    private static SubscriptionOptions<T> Between<T>(ulong from, ulong until)
        where T : unmanaged, IEvent<T> =>
        new() { From = new Boundary(0, from), Until = new Boundary(0, until) };

    private static List<InstructionRetired> Everything()
    {
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        var all = new List<InstructionRetired>();
        engine.SubscribeBatch<InstructionRetired>((events, in _) => all.AddRange(events));
        engine.Start();
        machine.Run(Length);
        Stop(engine);
        Assert.That(machine[12], Is.GreaterThan(5), "the timer interrupted");
        return all;
    }
}
