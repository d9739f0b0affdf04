using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Ring;
using Engine.Subscriptions;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;

namespace Engine.Tests.Publish;

/// <summary>
/// A lane looks up by itself the addresses that inline handlers wait for. Whoever subscribes sees the same as with a test that the lane
/// cannot look into: the same events, sequences and counts.
/// </summary>
public class ArmedBreakpointTests
{
    private const ulong Top = ulong.MaxValue;

    // Near and far, several in one granule, across a granule's end, the ends of the address space, and one that is longer than all bits.
    private static readonly (ulong Start, ulong End)[][] Sets =
    [
        [(0x1000, 0x1001)],
        [(0x1000, 0x1004), (0x1008, 0x100A)],
        [(0x1000, 0x1001), (0xFFFF_FFFF_8000_0000, 0xFFFF_FFFF_8000_0002), (0x1F, 0x22)],
        [(0, 1), (Top - 2, Top)],
        [(0x100, 0x200), (0x9000, 0x9000_0000)],
    ];

    [Test]
    public void Handlers_get_what_a_test_of_their_own_would_let_pass(
        [Range(0, 4)] int set, [Values] bool isDispatchedToo, [Values] bool isOneFilter)
    {
        (ulong Start, ulong End)[] ranges = Sets[set];
        (string Seen, RingLedger Ledger) looked = Run(ranges, isDispatchedToo, isOneFilter, static range =>
            EventFilter.InAddressRange<InstructionRetired>(range.Start, range.End));
        (string Seen, RingLedger Ledger) asked = Run(ranges, isDispatchedToo, isOneFilter, static range =>
            EventFilter.Where<InstructionRetired>(e => e.Pc - range.Start < range.End - range.Start));
        Assert.That(looked.Seen, Is.EqualTo(asked.Seen).And.Not.Empty);
        Assert.That(looked.Ledger with { Stalls = 0, StallTicks = 0 }, Is.EqualTo(asked.Ledger with { Stalls = 0, StallTicks = 0 }));
    }

    [Test]
    public void The_filter_of_any_type_and_chains_are_looked_up_as_well()
    {
        EventFilter<InstructionRetired> any = AnyEventFilter.InAddressRange(0x10, 0x20);
        EventFilter<InstructionRetired> inBoth = any.And(EventFilter.Where<InstructionRetired>(static e => e.Opcode == 1));
        EventFilter<InstructionRetired> inEither = any.Or(EventFilter.InAddressRange<InstructionRetired>(0x40, 0x41));
        Assert.Multiple(() =>
        {
            Assert.That((any.Addresses.MayHold(0x1F), any.Addresses.MayHold(0x20)), Is.EqualTo((true, false)));
            Assert.That((inBoth.Addresses.MayHold(0x10), inBoth.Addresses.MayHold(0xF)), Is.EqualTo((true, false)));
            Assert.That(
                (inEither.Addresses.MayHold(0x40), inEither.Addresses.MayHold(0x18), inEither.Addresses.MayHold(0x30)),
                Is.EqualTo((true, true, false)));
            Assert.That(any.Not().Addresses.IsAll);
            Assert.That(any.Or(EventFilter.Where<InstructionRetired>(static _ => true)).Addresses.IsAll);
            Assert.That(
                any.And(AnyEventFilter.OfTypes("vm.page-fault").For<InstructionRetired>()).Addresses.MayHold(0x18), Is.False);
        });
    }

    [Test]
    public void A_breakpoint_is_in_force_when_the_call_that_sets_it_returns_and_gone_when_it_is_disposed()
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        EventLane<InstructionRetired> lane = engine.CreateProducer().GetLane<InstructionRetired>();
        using Subscription other = Arm(engine, 0x4000, static () => { });
        var hits = new List<PublishOutcome>();
        for (ulong pc = 0; pc < 64; pc++)
        {
            int count = 0;
            using (Arm(engine, pc, () => count++))
                hits.Add(lane.Publish(new InstructionRetired(pc, 0, 0)));
            lane.Publish(new InstructionRetired(pc, 0, 0));
            Assert.That(count, Is.EqualTo(1), $"0x{pc:x}");
        }

        Assert.That(hits, Is.All.EqualTo(PublishOutcome.StopRequested));
    }

    private static Subscription Arm(EventEngine engine, ulong pc, Action hit) => engine.Subscribe(
        (in InstructionRetired _, in Envelope envelope) =>
        {
            hit();
            envelope.RequestStop();
        },
        new SubscriptionOptions<InstructionRetired>
        {
            Delivery = Delivery.Inline,
            Filter = EventFilter.InAddressRange<InstructionRetired>(pc, pc + 1),
        });

    private static (string Seen, RingLedger Ledger) Run(
        (ulong Start, ulong End)[] ranges, bool isDispatchedToo, bool isOneFilter,
        Func<(ulong Start, ulong End), EventFilter<InstructionRetired>> filterOf)
    {
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        var seen = new List<string>();
        EventFilter<InstructionRetired>[] filters = [.. ranges.Select(filterOf)];
        foreach (EventFilter<InstructionRetired> filter in isOneFilter ? [EventFilter.Any<InstructionRetired>(filters)] : filters)
        {
            engine.Subscribe(
                (in InstructionRetired e, in Envelope envelope) => seen.Add($"{e.Pc:x}@{envelope.Sequence}"),
                new SubscriptionOptions<InstructionRetired> { Delivery = Delivery.Inline, Filter = filter });
        }

        if (isDispatchedToo)
            engine.Subscribe((in InstructionRetired _, in Envelope _) => { });
        engine.Start();
        EventLane<InstructionRetired> lane = engine.CreateProducer().GetLane<InstructionRetired>();
        SharedEventLane<InstructionRetired> shared = engine.GetSharedLane<InstructionRetired>();
        InstructionRetired[] events = [.. AddressesAround(ranges).Select(static pc => new InstructionRetired(pc, 0, 0))];
        foreach (InstructionRetired e in events)
        {
            lane.Publish(e);
            shared.Publish(e);
        }

        lane.PublishBatch(events);
        LaneClaim<InstructionRetired> claim = lane.Claim(events.Length);
        events.CopyTo(claim.Events);
        claim.Publish();
        engine.StopDrained();
        return (string.Join(' ', seen), engine.LedgerOf<InstructionRetired>());
    }

    // Each end and what is next to it, and addresses with the same bits in other places.
    private static IEnumerable<ulong> AddressesAround((ulong Start, ulong End)[] ranges)
    {
        ulong[] distances = [0, 1, 2, 3, 15, 16, 17, 0x1_0000, 0x1_0010];
        return ranges.SelectMany(range => new[] { range.Start, range.End })
            .SelectMany(end => distances.SelectMany(distance => new[] { unchecked(end - distance), unchecked(end + distance) }));
    }
}
