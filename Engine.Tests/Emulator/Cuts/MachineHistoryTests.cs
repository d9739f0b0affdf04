using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cuts;

/// <summary>The way back through a machine's past ends in the state that the machine had there.</summary>
public sealed class MachineHistoryTests
{
    private static readonly MachineHistoryOptions Fine = new() { Interval = 100, MaxCuts = 5 };

    [Test]
    public void Random_ways_lead_to_the_states_of_the_past([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        using var machine = InterruptedGuest.Create();
        using var reference = InterruptedGuest.Create();
        var history = new MachineHistory(machine.Machine, Fine);
        List<(ulong, ulong, ulong, ulong)> states = [State(reference)];
        for (int step = 0; step < 3_000; step++)
            states.Add(State(reference.Run(1)));
        for (int way = 0; way < 40; way++)
        {
            ulong now = machine.Machine.RetiredInstructions;
            ulong count = (ulong)random.Next((int)now + 1);
            if (now < 2_990 && (now < 200 || random.Next(2) == 0))
                history.Run((ulong)random.Next(1, 3_000 - (int)now));
            else if (random.Next(3) == 0)
                Assert.That(history.ReverseStep(), Is.EqualTo(HistoryOutcome.Reached));
            else
                Assert.That(history.RunBackTo(count), Is.EqualTo(HistoryOutcome.Reached));
            Assert.That(State(machine), Is.EqualTo(states[(int)machine.Machine.RetiredInstructions]));
        }

        Assert.That(history.Cuts, Has.Count.LessThanOrEqualTo(5));
        Assert.That(history.Cuts[0].RetiredInstructions, Is.Zero);
    }

    [Test]
    public void The_way_back_to_an_event_ends_before_its_instruction([Values(0, 1, 17)] long sequence)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var log = new EventLog<InterruptReturned>(engine, new() { SkipsRepeats = true });
        engine.Start();
        var history = new MachineHistory(machine.Machine, Fine);
        history.Run(3_000);
        HistoryOutcome outcome = history.RunBackToEvent("vm.interrupt-returned", sequence);
        ulong at = machine.Machine.RetiredInstructions;
        machine.Run(3_000 - at);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.Multiple(() =>
        {
            Assert.That(outcome, Is.EqualTo(HistoryOutcome.Reached));
            Assert.That(at, Is.EqualTo(log.Events[(int)sequence].At.RetiredInstructions));
            Assert.That(log.Sequences, Is.EqualTo(Enumerable.Range(0, log.Events.Count).Select(static i => (long)i)));
            Assert.That(history.RunBackToEvent("vm.interrupt-returned", 1_000_000), Is.EqualTo(HistoryOutcome.Ahead));
            Assert.That(() => history.RunBackToEvent("vm.block", 0), Throws.ArgumentException);
        });
    }

    [TestCase(1UL)]
    [TestCase(ulong.MaxValue)]
    public void A_run_ends_where_it_was_told_to_at_both_ends_of_the_interval(ulong interval)
    {
        using var machine = InterruptedGuest.Create();
        var history = new MachineHistory(machine.Machine, new MachineHistoryOptions { Interval = interval, MaxCuts = 2 });
        for (int run = 1; run <= 3; run++)
        {
            history.NoteChange();
            Assert.That(history.Run(100).RetiredInstructions, Is.EqualTo(100));
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo((ulong)run * 100));
        }
    }

    [Test]
    public void There_is_no_way_before_the_history()
    {
        using var machine = InterruptedGuest.Create().Run(50);
        var history = new MachineHistory(machine.Machine, Fine);
        history.Run(50);
        Assert.Multiple(() =>
        {
            Assert.That(history.RunBackTo(101), Is.EqualTo(HistoryOutcome.Ahead));
            Assert.That(history.RunBackTo(49), Is.EqualTo(HistoryOutcome.BeforeHistory));
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(50));
            Assert.That(history.ReverseStep(), Is.EqualTo(HistoryOutcome.BeforeHistory));
        });
    }

    private static (ulong, ulong, ulong, ulong) State(TestMachine machine) =>
        (machine.Machine.RetiredInstructions, machine.Machine.Pc, machine[3], machine.Read(TestMachine.Data));
}
