using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Cpu;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator;

/// <summary>An engine that is stopped ends the events of a machine, not its run; and nobody waits for a handler that hangs.</summary>
public sealed class StoppedEngineTests
{
    // Every kind of event that a loop can cause: memory, a call that traps, a device that is not there.
    private static readonly uint[] Program =
        [Asm.Ld(2, 1), Asm.Sd(2, 1), Asm.Addi(3, 3, 1), Asm.Ecall, Asm.Ld(4, 0), Asm.Jal(0, -20)];

    private static readonly uint[] SkipsTheTrap =
        [Asm.Csrrs(30, 0x341, 0), Asm.Addi(30, 30, 4), Asm.Csrrw(0, 0x341, 30), Asm.Mret];

    [Test]
    public async Task A_run_goes_on_to_its_end_when_its_engine_is_stopped([Values] Delivery delivery)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var subscriber = new Subscriber(engine, delivery);
        engine.VisitEventTypes(subscriber);
        engine.Start();
        using var machine = Create(engine);
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        Eventually.IsTrue(() => Volatile.Read(ref subscriber.Seen) > 1000);
        Assert.That((await engine.StopAsync(Eventually.HangGuard)).IsDrained, Is.True);
        ulong retired = machine.Machine.RetiredInstructions;
        Eventually.IsTrue(() => machine.Machine.RetiredInstructions > retired + 1000);
        machine.Machine.RequestStop();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
        Assert.That(machine.Machine.Run(100).RetiredInstructions, Is.EqualTo(100));
    }

    [Test]
    public async Task A_run_that_is_stalled_behind_a_handler_that_hangs_goes_on_when_the_engine_is_given_up()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var hangs = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        engine.SubscribeBatch<InstructionRetired>((_, in _) =>
        {
            hangs.Set();
            goOn.Wait();
        });
        engine.Start();
        using var machine = Create(engine);
        Task<MachineRunResult> run = Task.Run(() => machine.Machine.Run());
        Eventually.IsOpen(hangs);
        Assert.That((await engine.StopAsync(TimeSpan.FromMilliseconds(1))).IsDrained, Is.False);
        machine.Machine.RequestStop();
        Assert.That(Eventually.Result(run).Reason, Is.EqualTo(VCpuExitReason.Cancelled));
        goOn.Set();
    }

    [Test]
    public async Task Publishers_of_a_lane_whose_handler_hangs_get_their_outcome_and_the_ledger_is_exact(
        [Values] Engine.Primitives.OverflowPolicy policy, [Values] bool isShared)
    {
        for (int round = 0; round < 20; round++)
        {
            EventEngine engine = Engines.Build(16, policy);
            using var hangs = new ManualResetEventSlim();
            using var goOn = new ManualResetEventSlim();
            engine.Subscribe((in Number _, in Envelope _) =>
            {
                hangs.Set();
                goOn.Wait();
            });
            engine.Start();
            long accepted = 0;
            RunningThreads publisher = Threads.Start(() =>
            {
                EventLane<Number> lane = engine.CreateProducer("cpu").GetLane<Number>();
                SharedEventLane<Number> shared = engine.GetSharedLane<Number>();
                PublishOutcome outcome;
                while ((outcome = isShared ? shared.Publish(new Number(1)) : lane.Publish(new Number(1))) != PublishOutcome.Stopped)
                    accepted += outcome is PublishOutcome.Published or PublishOutcome.Dropped ? 1 : 0;
            });
            Eventually.IsOpen(hangs);
            StopReport report = await engine.StopAsync(TimeSpan.FromMilliseconds(round % 2));
            publisher.Join();
            Assert.That(engine.LedgerOf<Number>().Published, Is.EqualTo(accepted));
            Assert.That(report.LeftCount, Is.EqualTo(engine.LedgerOf<Number>().Buffered));
            goOn.Set();
        }
    }

    private static TestMachine Create(EventEngine engine)
    {
        var machine = new TestMachine(Program, engine);
        machine.Write(TestMachine.MachineVector, SkipsTheTrap);
        machine[1] = TestMachine.Data;
        return machine;
    }

    private sealed class Subscriber(EventEngine engine, Delivery delivery) : IEventTypeVisitor
    {
        public long Seen;

        public void Visit<T>()
            where T : unmanaged, IEvent<T> =>
            engine.SubscribeBatch<T>(
                (events, in _) => Interlocked.Add(ref Seen, events.Length), new SubscriptionOptions<T> { Delivery = delivery });
    }
}
