using Engine.Emulator;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Harts;

/// <summary>Causal breakpoints and the way back, with several harts in turn.</summary>
internal sealed class HartsInTurnTests
{
    private const ulong Length = 60_000;
    private static readonly MachineOptions Options = new() { HartCount = 3, TurnInstructions = 700 };

    [Test]
    public void Stops_before_the_nth_event_of_all_harts([Values(1, 3)] long nth)
    {
        List<(string Type, ExecutionPoint At)> all = RunAndNote(Options);
        List<BreakpointHit> hits = Hits(EventCondition.On<MmioAccessed>(nth: nth), out List<(string, ExecutionPoint)> seen);
        (string, ExecutionPoint)[] accesses = [.. all.Where(static e => e.Type == MmioAccessed.Descriptor.Name)];
        Assert.Multiple(() =>
        {
            Assert.That(accesses.Select(static e => e.Item2.VCpu).Distinct().Count(), Is.GreaterThan(1), "the guest's harts use devices");
            Assert.That(
                hits.Select(static hit => (hit.EventType, hit.At)),
                Is.EqualTo(accesses.Where((_, index) => (index + 1) % nth == 0)));
            Assert.That(seen, Is.EqualTo(all), "a stop changes nothing");
        });
    }

    [Test]
    public void Stops_before_the_second_of_two_events_of_different_harts()
    {
        List<(string Type, ExecutionPoint At)> all = RunAndNote(Options);
        List<BreakpointHit> hits = Hits(
            EventCondition.On<MmioAccessed>(static e => e.At.VCpu == 0).Then(EventCondition.On<MmioAccessed>(static e => e.At.VCpu != 0)),
            out List<(string, ExecutionPoint)> seen);
        var expected = new List<ExecutionPoint>();
        bool hasBegun = false;
        foreach ((string type, ExecutionPoint at) in all)
        {
            if (type != MmioAccessed.Descriptor.Name)
                continue;
            if (!hasBegun)
                hasBegun = at.VCpu == 0;
            else if (at.VCpu != 0)
            {
                expected.Add(at);
                hasBegun = false;
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(expected, Is.Not.Empty);
            Assert.That(hits.Select(static hit => hit.At), Is.EqualTo(expected));
            Assert.That(seen, Is.EqualTo(all));
        });
    }

    [Test]
    public void Ways_back_lead_to_the_states_of_the_past([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        using VirtBoard board = HartsGuest.Boot(Options, rounds: 5);
        var history = new MachineHistory(board.Machine, new MachineHistoryOptions { Interval = 5_000, MaxCuts = 4 });
        history.Run(Length);
        for (int way = 0; way < 4; way++)
        {
            ulong count = (ulong)random.Next((int)board.Machine.RetiredInstructions);
            Assert.That(history.RunBackTo(count), Is.EqualTo(HistoryOutcome.Reached));
            using VirtBoard reference = HartsGuest.Boot(Options, rounds: 5);
            reference.Machine.Run(count);
            Assert.That(Snapshot(board.Machine).SequenceEqual(Snapshot(reference.Machine)), $"{count} instructions");
            history.Run(Length - count);
        }
    }

    [Test]
    public void The_way_back_to_an_event_of_a_hart_ends_before_its_instruction()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using VirtBoard board = HartsGuest.Boot(Options, rounds: 5, engine);
        var points = new List<ExecutionPoint>();
        engine.SubscribeBatch<MmioAccessed>((events, in envelope) =>
        {
            if (envelope.Producer.VCpu == 1)
                points.AddRange(events.ToArray().Select(static e => e.At));
        });
        engine.Start();
        var history = new MachineHistory(board.Machine, new MachineHistoryOptions { Interval = 5_000 });
        history.Run(Length);
        HistoryOutcome outcome = history.RunBackToEvent(MmioAccessed.Descriptor.Name, 1, hart: 1);
        ulong at = board.Machine.RetiredByHart[1];
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        Assert.That((outcome, at), Is.EqualTo((HistoryOutcome.Reached, points[1].RetiredInstructions)));
    }

    private static List<(string Type, ExecutionPoint At)> RunAndNote(MachineOptions options)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        List<(string, ExecutionPoint)> noted = Note(engine);
        using VirtBoard board = HartsGuest.Boot(options, rounds: 5, engine);
        board.Machine.Run(Length);
        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return noted;
    }

    private static List<BreakpointHit> Hits(EventCondition condition, out List<(string Type, ExecutionPoint At)> seen)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        seen = Note(engine);
        using VirtBoard board = HartsGuest.Boot(Options, rounds: 5, engine);
        board.Machine.Break(condition);
        var hits = new List<BreakpointHit>();
        ulong left = Length;
        while (true)
        {
            MachineRunResult result = board.Machine.Run(left);
            left -= result.RetiredInstructions;
            if (result.Reason != VCpuExitReason.Breakpoint)
                break;
            hits.Add(board.Machine.Hit!);
        }

        engine.StopAsync(Eventually.HangGuard).GetAwaiter().GetResult();
        return hits;
    }

    // Inline, so that the order is that in which they happen.
    private static List<(string Type, ExecutionPoint At)> Note(EventEngine engine)
    {
        var noted = new List<(string, ExecutionPoint)>();
        engine.Subscribe<MmioAccessed>(
            (in MmioAccessed e, in Envelope _) => noted.Add((MmioAccessed.Descriptor.Name, e.At)), new() { Delivery = Delivery.Inline });
        engine.Subscribe<InterruptRaised>(
            (in InterruptRaised e, in Envelope _) => noted.Add((InterruptRaised.Descriptor.Name, e.At)),
            new() { Delivery = Delivery.Inline });
        return noted;
    }

    private static byte[] Snapshot(Machine machine)
    {
        using var stream = new MemoryStream();
        machine.SaveSnapshot(stream);
        return stream.ToArray()[64..];
    }
}
