using Engine.Emulator;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Emulator.Boundaries;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Degradation;

/// <summary>The machine as a host of subscriptions that degrade.</summary>
public sealed class DegradingMachineTests
{
    private const ulong Length = 20_000;

    private static EventEngine NewEngine() => new EngineBuilder().AddVmEvents().Build();

    [Test]
    public void Each_instruction_is_told_in_one_detail([Values(1, 2, 3, 4, 5, 6)] int seed, [Values] bool othersListen)
    {
        var random = new Random(seed);
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(
            engine, new MachineOptions { RamSize = 1 << 20, PollInterval = random.Next(1, 500) });
        engine.Start();
        var all = new List<InstructionRetired>();
        var got = new List<InstructionRetired>();
        if (othersListen)
            engine.SubscribeBatch<InstructionRetired>((events, in _) => all.AddRange(events));
        var ranges = new List<DetailChanged>();
        long errors = 0;
        ExecutionSubscription subscription = engine.SubscribeExecution(new ExecutionOptions
        {
            From = Boundary.Next(0),
            OnInstructions = (events, in _) => got.AddRange(events),
            OnDetailChanged = range =>
            {
                ranges.Add(range);
                errors++;
                throw new InvalidOperationException("A subscriber's own fault.");
            },
            Degradation = new DegradationOptions
            {
                LookInstructions = random.Next(1, 700),
                CalmLooks = 1,
                Pressure = (_, _) => random.Next(20) == 0
                    ? throw new InvalidOperationException("The host's own fault.")
                    : random.NextDouble(),
            },
        });
        for (ulong left = Length; left > 0;)
        {
            ulong piece = Math.Min(left, (ulong)random.Next(1, 3_000));
            machine.Run(piece);
            left -= piece;
        }

        ulong retired = machine.Machine.RetiredInstructions;
        machine.Dispose();
        Assert.That(engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult().IsDrained);
        ExecutionTotals totals = subscription.Totals;
        Assert.Multiple(() =>
        {
            Assert.That(retired, Is.EqualTo(Length));
            Assert.That(totals.SeenInstructions + totals.SeenInBlocks + totals.Counted, Is.EqualTo(retired), totals.ToString());
            Assert.That(totals.Missing, Is.Zero);
            Assert.That(ranges.Select(static range => range.Detail).Distinct().Count(), Is.GreaterThan(1));
            Assert.That(ranges[^1].Reason, Is.EqualTo(DetailChangeReason.Ended));
            Assert.That(subscription.ErrorCount, Is.GreaterThanOrEqualTo(errors));
            if (othersListen)
            {
                IEnumerable<DetailChanged> told = ranges.Where(static r => r.Detail == ExecutionDetail.Instructions);
                Assert.That(got, Is.EqualTo(told.SelectMany(r => all[(int)r.FirstInstruction..(int)r.EndInstruction])));
            }
        });
    }

    [Test]
    public void A_handler_that_does_not_follow_takes_it_to_blocks_and_counters_and_calm_brings_it_back()
    {
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        engine.Start();
        using var gate = new ManualResetEventSlim();
        var details = new List<ExecutionDetail>();
        ExecutionSubscription subscription = engine.SubscribeExecution(new ExecutionOptions
        {
            From = Boundary.Next(0),
            OnInstructions = (_, in _) => gate.Wait(),
            OnBlocks = (_, in _) => gate.Wait(),
            OnDetailChanged = range =>
            {
                details.Add(range.Next);
                if (range.Next == ExecutionDetail.Counters)
                    gate.Set();
            },
            Degradation = new DegradationOptions { LookInstructions = 256, CalmLooks = 2 },
        });

        // The rings hold 65,536 events: three quarters of them wait, then the same of blocks, and then nothing is held any more.
        Eventually.IsTrue(() =>
        {
            machine.Run(10_000);
            return details.Count >= 2;
        });
        // From here on the handlers follow, however slow they are: they are waited for.
        Eventually.IsTrue(() =>
        {
            machine.Run(1_000);
            Eventually.IsTrue(() => HasDrained(engine));
            return details.Count >= 4 && subscription.Totals.Detail == ExecutionDetail.Instructions;
        });
        ulong retired = machine.Machine.RetiredInstructions;
        machine.Dispose();
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        ExecutionTotals totals = subscription.Totals;
        Assert.Multiple(() =>
        {
            Assert.That(
                details.Take(4),
                Is.EqualTo(new[]
                {
                    ExecutionDetail.Blocks, ExecutionDetail.Counters, ExecutionDetail.Blocks, ExecutionDetail.Instructions,
                }));
            Assert.That(totals.SeenInstructions + totals.SeenInBlocks + totals.Counted, Is.EqualTo(retired));
            Assert.That(totals.Missing, Is.Zero);
        });
    }

    private static bool HasDrained(EventEngine engine)
    {
        EngineStatistics now = engine.GetStatistics();
        return now.Of<InstructionRetired>().Ledger.Buffered + now.Of<BlockExecuted>().Ledger.Buffered == 0;
    }

    [Test]
    public void A_machine_is_not_set_back_under_it()
    {
        EventEngine engine = NewEngine();
        using var machine = InterruptedGuest.Create(engine);
        engine.Start();
        MachineCut cut = machine.Machine.Cut().Cut!;
        ExecutionSubscription subscription = engine.SubscribeExecution(new ExecutionOptions { From = Boundary.Next(0), Name = "steps" });
        machine.Run(1_000);
        Assert.That(
            Assert.Throws<InvalidOperationException>(() => machine.Machine.Rewind(cut))!.Message,
            Does.Contain("\"steps\" depends on the pressure"));
        subscription.Dispose();
        Assert.That(machine.Machine.Rewind(cut).Outcome, Is.EqualTo(CutOutcome.Done));
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
    }

    [Test]
    public void Bad_options_name_the_rule()
    {
        EventEngine engine = NewEngine();
        EventEngine poor = new EngineBuilder().AddEvent<InstructionRetired>().AddEvent<BlockExecuted>().Build();
        Assert.Multiple(() =>
        {
            Assert.Throws<ArgumentException>(() => engine.SubscribeExecution(
                new ExecutionOptions { From = new Boundary(0, 5), Until = new Boundary(0, 5) }));
            Assert.Throws<ArgumentException>(() => engine.SubscribeExecution(
                new ExecutionOptions { From = new Boundary(0, 5), Until = new Boundary(1, 9) }));
            Assert.That(
                Assert.Throws<InvalidOperationException>(() => poor.SubscribeExecution(
                    new ExecutionOptions { From = Boundary.Next(0) }))!.Message, Does.Contain("vm.detail"));
        });
    }
}
