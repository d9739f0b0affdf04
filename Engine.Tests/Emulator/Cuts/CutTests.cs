using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Storage.Journals;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cuts;

/// <summary>After a rewind the same events have the same sequences, and a subscriber sees neither gap nor duplicate.</summary>
public sealed class CutTests
{
    [TestCase(60)]
    [TestCase(1_000)]
    public void Random_cuts_and_rewinds_double_nothing(int rounds)
    {
        var random = new Random(rounds);
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine, new MachineOptions { RamSize = 1 << 20, PollInterval = 97 });
        var summing = new SummingSubscriber(engine);
        var once = new EventLog<InstructionRetired>(engine, new() { SkipsRepeats = true });
        var returns = new EventLog<InterruptReturned>(engine, new() { SkipsRepeats = true });
        var inline = new EventLog<GuestCalled>(engine, new() { SkipsRepeats = true, Delivery = Delivery.Inline });
        var everything = new EventLog<InterruptReturned>(engine, new());
        engine.Start();
        var cuts = new List<MachineCut> { Cut(machine.Machine) };
        for (int round = 0; round < rounds; round++)
        {
            switch (random.Next(3))
            {
                case 0 when cuts.Count > 1:
                    int index = random.Next(cuts.Count);
                    Assert.That(machine.Machine.Rewind(cuts[index], Eventually.HangGuard).Outcome, Is.EqualTo(CutOutcome.Done));
                    Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(cuts[index].RetiredInstructions));
                    break;
                default:
                    machine.Run((ulong)random.Next(1, 900));
                    cuts.Add(Cut(machine.Machine));
                    break;
            }
        }

        ulong last = cuts.Max(static cut => cut.RetiredInstructions);
        machine.Run(1 + last - machine.Machine.RetiredInstructions);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        (ulong sum, List<InstructionRetired> instructions, List<InterruptReturned> returned, int calls) = Reference(last + 1);
        Assert.Multiple(() =>
        {
            Assert.That(summing.Gaps, Is.Zero);
            Assert.That(summing.Sum, Is.EqualTo(sum));
            Assert.That(once.Events, Is.EqualTo(instructions));
            Assert.That(once.Sequences, Is.EqualTo(Enumerable.Range(0, instructions.Count).Select(static i => (long)i)));
            Assert.That(returns.Events, Is.EqualTo(returned));
            Assert.That(inline.Events, Has.Count.EqualTo(calls));
            Assert.That(everything.Events.Distinct(), Is.EquivalentTo(returned), "the same events by the same points");
            Assert.That(
                everything.Sequences.Zip(everything.Events).Distinct().Count(), Is.EqualTo(returned.Count), "by the same sequences");
        });
    }

    [Test]
    public void A_subscription_with_boundaries_covers_the_same_after_a_rewind()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var log = new EventLog<InstructionRetired>(
            engine, new() { From = new Boundary(0, 150), Until = new Boundary(0, 250), Region = new() });
        engine.Start();
        MachineCut before = Cut(machine.Machine);
        machine.Run(200);
        MachineCut within = Cut(machine.Machine);
        machine.Run(200);
        Assert.That(log.Subscription.Coverage?.InsideRegion, Is.EqualTo(100));
        machine.Machine.Rewind(within);
        Assert.That(log.Subscription.Coverage?.ToString(), Is.EqualTo("active from instruction 150, 50 in the region, 0 outside"));
        machine.Run(200);
        machine.Machine.Rewind(before);
        Assert.That(log.Subscription.Coverage?.State, Is.EqualTo(BoundaryState.Waiting));
        machine.Run(400);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        List<InstructionRetired> first = log.Events[..100];
        List<InstructionRetired> again = log.Events[100..150];
        List<InstructionRetired> onceMore = log.Events[150..];
        Assert.Multiple(() =>
        {
            Assert.That(log.Subscription.Coverage?.ToString(), Is.EqualTo("covered instructions 150 to 249, 100 in the region, 0 outside"));
            Assert.That(log.Events, Has.Count.EqualTo(250));
            Assert.That(again, Is.EqualTo(first[50..]), "from the cut within");
            Assert.That(onceMore, Is.EqualTo(first), "from the cut before");
        });
    }

    [Test]
    public void A_journal_records_what_runs_again_once()
    {
        using var folder = new TemporaryFolder();
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using (Journal journal = Journal.Open(folder.PathOf("journal")))
        using (var machine = InterruptedGuest.Create(engine))
        {
            journal.Record<InstructionRetired>(engine);
            journal.Record<InterruptReturned>(engine);
            engine.Start();
            machine.Run(1_000);
            MachineCut cut = Cut(machine.Machine);
            machine.Run(700);
            machine.Machine.Rewind(cut);
            machine.Run(300);
            machine.Machine.Rewind(cut);
            machine.Run(1_500);
            engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        }

        using JournalReader reader = JournalReader.Open(folder.PathOf("journal"));
        JournalAudit audit = JournalAudit.Of(reader);
        Assert.Multiple(() =>
        {
            Assert.That(audit.IsComplete, Is.True);
            Assert.That(audit.Streams.Single(static s => s.Stream.EventType == "vm.instruction").EventCount, Is.EqualTo(2_500));
            Assert.That(
                audit.Streams.Single(static s => s.Stream.EventType == "vm.interrupt-returned").EventCount,
                Is.EqualTo(Reference(2_500).Returns.Count));
        });
    }

    [Test]
    public void What_is_not_handled_in_time_makes_no_cut()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        MachineCut cut = Cut(machine.Machine);
        engine.SubscribeBatch<InstructionRetired>((_, in _) => { });
        machine.Run(10);
        MachineCutResult late = machine.Machine.Cut(TimeSpan.Zero);
        MachineCutResult rewind = machine.Machine.Rewind(cut);
        Assert.Multiple(() =>
        {
            Assert.That(late, Is.EqualTo(new MachineCutResult(CutOutcome.NotHandled, null, "vm.instruction")));
            Assert.That(rewind.Outcome, Is.EqualTo(CutOutcome.NotHandled), "the engine has not been started");
            Assert.That(machine.Machine.RetiredInstructions, Is.EqualTo(10));
        });
    }

    [Test]
    public void A_checkpoint_that_throws_is_named()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var broken = new BrokenSubscriber();
        engine.AddCheckpoint(broken);
        MachineCutResult failed = machine.Machine.Cut();
        broken.Saves = true;
        MachineCut cut = Cut(machine.Machine);
        machine.Run(10);
        MachineCutResult rewind = machine.Machine.Rewind(cut);
        Assert.Multiple(() =>
        {
            Assert.That(failed, Is.EqualTo(new MachineCutResult(CutOutcome.CheckpointFailed, null, "broken: cannot save")));
            Assert.That(rewind.Outcome, Is.EqualTo(CutOutcome.CheckpointFailed));
            Assert.That(rewind.Detail, Is.EqualTo("broken: cannot restore"));
            Assert.That(machine.Machine.RetiredInstructions, Is.Zero, "the rest is back");
        });
    }

    [Test]
    public void Cuts_share_what_has_not_changed_and_are_their_machine_s_own()
    {
        using var machine = InterruptedGuest.Create();
        using var other = InterruptedGuest.Create();
        MachineCut first = Cut(machine.Machine);
        machine.Run(500);
        MachineCut second = Cut(machine.Machine);
        Assert.Multiple(() =>
        {
            Assert.That(second.Memory.BytesBeside(first.Memory), Is.LessThanOrEqualTo(128 << 10));
            Assert.That(() => other.Machine.Rewind(first), Throws.ArgumentException);
            Assert.That(first.Positions, Is.Empty);
        });
        ulong data = machine.Read(TestMachine.Data);
        machine.Machine.Rewind(first);
        Assert.That(machine.Read(TestMachine.Data), Is.Zero);
        machine.Run(500);
        Assert.That(machine.Read(TestMachine.Data), Is.EqualTo(data));
    }

    private static MachineCut Cut(Machine machine)
    {
        MachineCutResult result = machine.Cut(Eventually.HangGuard);
        Assert.That(result.Outcome, Is.EqualTo(CutOutcome.Done), result.Detail);
        return result.Cut!;
    }

    private static (ulong Sum, List<InstructionRetired> Instructions, List<InterruptReturned> Returns, int Calls) Reference(ulong length)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var machine = InterruptedGuest.Create(engine);
        var summing = new SummingSubscriber(engine);
        var instructions = new EventLog<InstructionRetired>(engine, new());
        var returns = new EventLog<InterruptReturned>(engine, new());
        var calls = new EventLog<GuestCalled>(engine, new());
        engine.Start();
        machine.Run(length);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return (summing.Sum, instructions.Events, returns.Events, calls.Events.Count);
    }

    private sealed class BrokenSubscriber : ICheckpointed
    {
        public bool Saves { get; set; }

        public string CheckpointName => "broken";

        public object? SaveCheckpoint() => Saves ? null : throw new InvalidOperationException("cannot save");

        public void RestoreCheckpoint(object? checkpoint) => throw new InvalidOperationException("cannot restore");
    }
}
