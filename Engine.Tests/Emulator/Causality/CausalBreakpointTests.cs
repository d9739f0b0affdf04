using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Emulator.Cuts;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Causality;

/// <summary>A causal breakpoint stops where a list of all events says it has to, and changes nothing of them.</summary>
public sealed class CausalBreakpointTests
{
    private const ulong Length = 2_000;

    [Test]
    public void Stops_before_each_instruction_that_passes([Values(1, 2, 5)] long nth, [Values] bool isSubscribedTo)
    {
        EventLog<InstructionRetired> all = Everything<InstructionRetired>();
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine, new MachineOptions { RamSize = 1 << 20, PollInterval = 61 });
        EventLog<InstructionRetired>? log = isSubscribedTo ? new(engine, new()) : null;
        engine.Start();
        CausalBreakpoint breakpoint = machine.Machine.Break(EventCondition.On<InstructionRetired>(Passes, nth));
        List<BreakpointHit> hits = RunAll(machine.Machine);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        int[] matching = [.. Enumerable.Range(0, (int)Length).Where(i => Passes(all.Events[i]))];
        int[] expected = [.. matching.Where((_, index) => (index + 1) % nth == 0)];
        Assert.Multiple(() =>
        {
            Assert.That(hits.Select(static hit => (int)hit.At.RetiredInstructions), Is.EqualTo(expected));
            Assert.That(hits.Select(static hit => hit.At.Pc), Is.EqualTo(expected.Select(i => all.Events[i].Pc)));
            Assert.That(breakpoint.HitCount, Is.EqualTo(expected.Length));
            if (log is not null)
                Assert.That(log.Events, Is.EqualTo(all.Events));
        });

        static bool Passes(InstructionRetired instruction) =>
            (instruction.Flags & (InstructionFlags.Store | InstructionFlags.System)) != 0;
    }

    [Test]
    public void Stops_before_each_trap_and_return() => Assert.Multiple(() =>
    {
        CheckStops<GuestCalled>(static e => e.At);
        CheckStops<ExceptionRaised>(static e => e.At);
        CheckStops<InterruptRaised>(static e => e.At);
        CheckStops<InterruptReturned>(static e => e.At);
    });

    [Test]
    public void Nobody_has_seen_the_event_and_it_happens_when_the_machine_goes_on()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var dispatched = new EventLog<GuestCalled>(engine, new());
        var inline = new EventLog<GuestCalled>(engine, new() { Delivery = Delivery.Inline });
        engine.Start();
        CausalBreakpoint breakpoint = machine.Machine.Break(EventCondition.On<GuestCalled>(nth: 3));
        MachineRunResult result = machine.Machine.Run(Length);
        machine.Machine.Cut(Eventually.HangGuard);
        Assert.Multiple(() =>
        {
            Assert.That(result.Reason, Is.EqualTo(VCpuExitReason.Breakpoint));
            Assert.That(machine.Machine.Hit?.Breakpoint, Is.SameAs(breakpoint));
            Assert.That(machine.Machine.Hit?.Event, Is.TypeOf<GuestCalled>());
            Assert.That(machine.Machine.Pc, Is.EqualTo(TestMachine.Code + (6 * 4)), "the trap has not been taken");
            Assert.That(dispatched.Events, Has.Count.EqualTo(2));
            Assert.That(inline.Events, Has.Count.EqualTo(2));
        });

        // The guest never learns of a call whose instruction is passed over.
        ulong pc = machine.Machine.Pc;
        machine.Machine.Pc = pc + 4;
        machine.Machine.Run(1);
        machine.Machine.Cut(Eventually.HangGuard);
        Assert.That(dispatched.Events, Has.Count.EqualTo(2), "changed");
        breakpoint.Dispose();
        machine.Machine.Run(Length);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.That(dispatched.Events, Has.Count.GreaterThan(2));
    }

    [Test]
    public void A_sequence_of_two_waits_for_its_first()
    {
        using var machine = InterruptedGuest.Create();
        machine.Machine.Break(EventCondition.On<InterruptReturned>(nth: 4)
            .Then(EventCondition.On<InstructionRetired>(static i => (i.Flags & InstructionFlags.Store) != 0)));
        List<BreakpointHit> hits = RunAll(machine.Machine);
        EventLog<InterruptReturned> returns = Everything<InterruptReturned>();
        EventLog<InstructionRetired> instructions = Everything<InstructionRetired>();
        var expected = new List<ulong>();
        ulong from = 0;
        while (true)
        {
            InterruptReturned[] next = [.. returns.Events.Where(e => e.At.RetiredInstructions >= from).Take(4)];
            if (next.Length < 4)
                break;
            int store = instructions.Events.FindIndex(
                (int)next[3].At.RetiredInstructions + 1, static i => (i.Flags & InstructionFlags.Store) != 0);
            if (store < 0)
                break;
            expected.Add((ulong)store);
            from = (ulong)store;
        }

        Assert.That(expected, Has.Count.GreaterThan(3));
        Assert.That(hits.Select(static hit => hit.At.RetiredInstructions), Is.EqualTo(expected));
    }

    [Test]
    public void Stops_before_a_device_sees_an_access()
    {
        using var machine = new TestMachine([Asm.Addi(3, 3, 7), Asm.Sw(3, 1, 0), Asm.Lw(4, 1, 0), Asm.Jal(0, -8)]);
        var device = new CountingDevice();
        machine.Machine.Attach(device);
        machine[1] = device.BaseAddress;
        machine.Machine.Break(EventCondition.On<MmioAccessed>(static access => access.Kind == MemoryAccessKind.Store && access.Value == 7));
        machine.Machine.Break(EventCondition.On<MmioAccessed>(static access => access.Kind == MemoryAccessKind.Load));
        MachineRunResult store = machine.Machine.Run(100);
        Assert.That((store.Reason, store.RetiredInstructions, device.Accesses), Is.EqualTo((VCpuExitReason.Breakpoint, 1UL, 0)));
        machine[3] = 8;
        MachineRunResult load = machine.Machine.Run(100);
        Assert.That((load.Reason, load.RetiredInstructions, device.Accesses), Is.EqualTo((VCpuExitReason.Breakpoint, 1UL, 1)));
        Assert.That(device.Last, Is.EqualTo(8), "what was changed is what happened");
    }

    [Test]
    public void After_a_rewind_it_stops_again([Values] bool wasThere)
    {
        using var machine = InterruptedGuest.Create();
        MachineCut? cut = wasThere ? null : machine.Machine.Cut().Cut;
        machine.Machine.Break(EventCondition.On<GuestCalled>(nth: 2));
        machine.Machine.Break(EventCondition.On<InstructionRetired>(static i => i.Pc == TestMachine.Code + 8, nth: 3));
        cut ??= machine.Machine.Cut().Cut!;
        ulong[] first = [.. RunAll(machine.Machine).Select(static hit => hit.At.RetiredInstructions)];
        machine.Machine.Rewind(cut);
        Assert.That(RunAll(machine.Machine).Select(static hit => hit.At.RetiredInstructions), Is.EqualTo(first));
    }

    [Test]
    public void An_instruction_that_faults_does_not_count()
    {
        // Loads from nowhere; the handler mends the address, and the load runs again.
        using var machine = new TestMachine([Asm.Ld(2, 1), Asm.Addi(1, 0, 0), Asm.Jal(0, -8)]);
        machine.Write(TestMachine.MachineVector, [Asm.Add(1, 5, 0), Asm.Mret]);
        machine[5] = TestMachine.Data;
        machine.Machine.Break(EventCondition.On<InstructionRetired>(static i => i.Pc == TestMachine.Code, nth: 3));
        machine.Machine.Run(1_000);

        // A round: the load faults, two instructions of the handler, load, addi, jal. Before the third round's load it stops.
        Assert.That(machine.Machine.Hit?.At.RetiredInstructions, Is.EqualTo(5 * 2));
    }

    [Test]
    public void A_test_that_throws_is_not_passed_and_is_counted()
    {
        using var machine = InterruptedGuest.Create();
        CausalBreakpoint breakpoint = machine.Machine.Break(
            EventCondition.On<GuestCalled>(static _ => throw new InvalidOperationException("of the user's own")));
        Assert.Multiple(() =>
        {
            Assert.That(machine.Machine.Run(Length).Reason, Is.EqualTo(VCpuExitReason.InstructionBudget));
            Assert.That(breakpoint.ErrorCount, Is.Positive);
            Assert.That(breakpoint.LastError?.Message, Is.EqualTo("of the user's own"));
            Assert.That(
                () => machine.Machine.Break(EventCondition.On<BlockExecuted>()),
                Throws.ArgumentException.With.Message.Contains("vm.block"));
            Assert.That(() => EventCondition.On<GuestCalled>(nth: 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        });
    }

    private static void CheckStops<T>(Func<T, ExecutionPoint> at)
        where T : unmanaged, IEvent<T>
    {
        EventLog<T> all = Everything<T>();
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var log = new EventLog<T>(engine, new());
        engine.Start();
        machine.Machine.Break(EventCondition.On<T>());
        List<BreakpointHit> hits = RunAll(machine.Machine);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.That(all.Events, Has.Count.GreaterThan(3));
        Assert.That(log.Events, Is.EqualTo(all.Events), "nothing has changed");
        Assert.That(hits.Select(static hit => hit.At), Is.EqualTo(all.Events.Select(at)));
        Assert.That(hits.Select(static hit => (T)hit.Event), Is.EqualTo(all.Events));
    }

    private static List<BreakpointHit> RunAll(Machine machine)
    {
        var hits = new List<BreakpointHit>();
        while (machine.RetiredInstructions < Length
            && machine.Run(Length - machine.RetiredInstructions).Reason == VCpuExitReason.Breakpoint)
        {
            hits.Add(machine.Hit!);
        }

        Assert.That(machine.RetiredInstructions, Is.EqualTo(Length));
        return hits;
    }

    private static EventLog<T> Everything<T>()
        where T : unmanaged, IEvent<T>
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var log = new EventLog<T>(engine, new());
        engine.Start();
        machine.Run(Length);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return log;
    }
}
