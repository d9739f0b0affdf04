using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Primitives;
using Engine.Publish;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Properties;

/// <summary>
/// A host that is no machine, pressure at random, rings that lose or do not: the ranges lie in a row, what the handlers get is what was
/// published in them, and the sum of instructions, blocks' instructions and counters is what was retired.
/// </summary>
public sealed class DegradationProperties
{
    private sealed class Host(EventProducer producer, Random random)
    {
        private readonly EventLane<InstructionRetired> _instructions = producer.GetLane<InstructionRetired>();
        private readonly EventLane<BlockExecuted> _blocks = producer.GetLane<BlockExecuted>();
        private int _version = -1;
        private ulong _boundary;

        public ulong Retired { get; private set; }

        /// <summary>Runs blocks of random length, cut where the engine asks for it; an instruction's address is its number.</summary>
        public void Run(ulong until)
        {
            while (Retired < until)
            {
                if (Retired >= _boundary || producer.SubscriptionVersion != _version)
                {
                    _version = producer.SubscriptionVersion;
                    _boundary = producer.ReachBoundary(Retired);
                }

                ulong end = Math.Min(Math.Min(until, _boundary), Retired + (ulong)random.Next(1, 12));
                if (end == Retired)
                    continue;
                if (_blocks.IsEnabled)
                    _blocks.Publish(new BlockExecuted(Retired, (uint)(end - Retired), BlockExitReason.Branch));
                for (; Retired < end; Retired++)
                {
                    if (_instructions.IsEnabled)
                        _instructions.Publish(new InstructionRetired(Retired, 0, default));
                }

                producer.InstructionCount = (long)Retired;
            }
        }
    }

    private static EventEngine NewEngine(OverflowPolicy policy) => new EngineBuilder()
        .AddEvent<InstructionRetired>(type => type with { OverflowPolicy = policy, Capacity = 64 })
        .AddEvent<BlockExecuted>(type => type with { OverflowPolicy = policy, Capacity = 16 })
        .AddEvent<DetailChanged>()
        .Build();

    [Test]
    public void Sums_are_right_to_the_instruction(
        [Values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)] int seed,
        [Values(OverflowPolicy.Wait, OverflowPolicy.DropIncoming, OverflowPolicy.DropOldest)] OverflowPolicy policy)
    {
        var random = new Random(seed);
        EventEngine engine = NewEngine(policy);
        EventProducer producer = engine.CreateProducer("vcpu0", vCpu: 0);
        var instructions = new List<(long Sequence, ulong Pc)>();
        var blocks = new List<(long Sequence, BlockExecuted Block)>();
        var ranges = new List<DetailChanged>();
        var published = new List<DetailChanged>();
        ulong first = (ulong)random.Next(200);
        ulong end = 4_000 + (ulong)random.Next(2_000);
        engine.SubscribeBatch<DetailChanged>((events, in _) => published.AddRange(events));
        if (random.Next(2) == 0)
            engine.SubscribeBatch<InstructionRetired>(static (_, in _) => { });
        ExecutionSubscription subscription = engine.SubscribeExecution(new ExecutionOptions
        {
            From = new Boundary(0, first),
            Until = random.Next(2) == 0 ? new Boundary(0, end) : null,
            OnInstructions = (events, in envelope) =>
            {
                for (int i = 0; i < events.Length; i++)
                    instructions.Add((envelope.Sequence + i, events[i].Pc));
            },
            OnBlocks = (events, in envelope) =>
            {
                for (int i = 0; i < events.Length; i++)
                    blocks.Add((envelope.Sequence + i, events[i]));
            },
            OnDetailChanged = ranges.Add,
            Degradation = new DegradationOptions
            {
                LookInstructions = random.Next(1, 100),
                CalmLooks = random.Next(1, 4),
                Pressure = (_, _) => random.NextDouble(),
            },
        });
        engine.Start();
        var host = new Host(producer, random);
        host.Run(end);
        if (subscription.Coverage.State == BoundaryState.Active)
            subscription.End();
        host.Run(end + 100);
        producer.Dispose();
        StopReport stop = engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();

        Assert.That(stop.IsDrained);
        Assert.That(published, Is.EqualTo(ranges));
        Assert.That(subscription.Coverage, Is.EqualTo(new BoundaryCoverage(BoundaryState.Ended, first, end - 1, 0, 0, 0)));
        ExecutionTotals totals = subscription.Totals;
        Check(ranges, instructions, blocks, totals, first, end);
        if (policy == OverflowPolicy.Wait)
            Assert.That(totals.Missing, Is.Zero);
        Assert.That(
            totals.SeenInstructions + totals.SeenInBlocks + totals.Counted + totals.Missing, Is.EqualTo(end - first), "the sum");
    }

    private static void Check(
        List<DetailChanged> ranges, List<(long Sequence, ulong Pc)> instructions, List<(long Sequence, BlockExecuted Block)> blocks,
        ExecutionTotals totals, ulong first, ulong end)
    {
        ulong next = first;
        ExecutionDetail detail = ExecutionDetail.Instructions;
        int seen = 0;
        int seenBlocks = 0;
        foreach (DetailChanged range in ranges)
        {
            Assert.That((range.FirstInstruction, range.Detail), Is.EqualTo((next, detail)));
            (next, detail) = (range.EndInstruction, range.Next);
            if (range.Detail == ExecutionDetail.Instructions)
            {
                Assert.That(range.EventCount, Is.EqualTo((long)range.InstructionCount));
                foreach ((long sequence, ulong pc) in instructions.Where(e => IsIn(range, e.Sequence)))
                {
                    seen++;
                    Assert.That(pc, Is.EqualTo(range.FirstInstruction + (ulong)(sequence - range.FirstSequence)));
                }
            }
            else if (range.Detail == ExecutionDetail.Blocks)
            {
                (long Sequence, BlockExecuted Block)[] got = [.. blocks.Where(e => IsIn(range, e.Sequence))];
                seenBlocks += got.Length;
                Assert.That(got.All(e => e.Block.FirstPc >= range.FirstInstruction
                    && e.Block.FirstPc + e.Block.RetiredCount <= range.EndInstruction));
                if (got.Length == range.EventCount)
                    Assert.That(got.Sum(e => e.Block.RetiredCount), Is.EqualTo((long)range.InstructionCount));
            }
        }

        Assert.That(next, Is.EqualTo(end));
        Assert.That((seen, seenBlocks), Is.EqualTo((instructions.Count, blocks.Count)), "events outside of their ranges");
        Assert.That(totals.SeenInstructions, Is.EqualTo((ulong)instructions.Count));
        Assert.That(totals.SeenInBlocks, Is.EqualTo((ulong)blocks.Sum(static e => e.Block.RetiredCount)));
        ulong[] covered = [0, 0, 0];
        foreach (DetailChanged range in ranges)
            covered[(int)range.Detail] += range.InstructionCount;
        Assert.That((totals.ByInstruction, totals.ByBlock, totals.Counted), Is.EqualTo((covered[0], covered[1], covered[2])));
    }

    private static bool IsIn(DetailChanged range, long sequence) =>
        sequence >= range.FirstSequence && sequence < range.FirstSequence + range.EventCount;
}
