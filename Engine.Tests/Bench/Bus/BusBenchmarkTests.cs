using Engine.Bench.Bus;
using Engine.Bench.Bus.Peers;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Tests.Bench.Bus;

/// <summary>Every variant of the bus command delivers what it says, and again when it is run again.</summary>
internal sealed class BusBenchmarkTests
{
    private const int Events = 20_000;

    private static IEnumerable<TestCaseData> Transfers()
    {
        foreach (int handlers in new[] { 1, 10 })
        {
            yield return Case(() => new CSharpEventPublish(handlers), handlers);
            yield return Case(() => new BusPublish("bus") { HandlerCount = handlers }, handlers);
            yield return Case(() => new BroadcastPublish(handlers, isBounded: false), handlers);
        }

        yield return Case(static () => new BusPublish("pattern") { IsByPattern = true });
        AnyEventFilter instructions = AnyEventFilter.OfTypes("vm.instruction");
        yield return Case(() => new BusPublish("any filter") { IsByPattern = true, AnyFilter = instructions });
        yield return Case(static () => new BusPublish("other types") { Prepare = static bus => OtherEvents.SubscribeToTypes(bus, 200) });
        yield return Case(static () => new BusPublish("patterns") { Prepare = static bus => OtherEvents.SubscribeToPatterns(bus, 200) });
        yield return Case(static () => new MessagePingPong());
        yield return Case(static () => new MessageQueueTransfer());
        yield return Case(static () => new BusPublish("filter") { Filter = EventFilter.Where(static (in InstructionRetired _) => true) });
        foreach (int publishers in new[] { 1, 2 })
        {
            yield return Case(() => new ChannelQueue(publishers), publishers);
            foreach (QueueForm form in Enum.GetValues<QueueForm>())
                yield return Case(() => new BusQueue(form, publishers), publishers);
        }
    }

    [Test]
    public void Names_are_permanent() =>
        Assert.That(
            BusSection.All.Select(static section => section.Name),
            Is.EqualTo(new[] { "sync", "queues", "messages", "lookup", "older-api", "filters", "peers" }));

    [TestCaseSource(nameof(Transfers))]
    public void Transfer_delivers_each_event_as_often_as_it_should(Func<object> create)
    {
        using var transfer = (BusTransfer)create();
        for (int run = 0; run < 2; run++)
            Assert.That(transfer.Run(Events), Is.EqualTo(transfer.ExpectedSum(Events)), transfer.Name);
        Assert.That(transfer.DeliveredShare, Is.EqualTo(100));
    }

    [Test]
    public void A_bounded_broadcast_says_what_it_delivered()
    {
        using var transfer = new BroadcastPublish(2, isBounded: true);
        ulong sum = transfer.Run(Events);
        Assert.That(transfer.DeliveredShare, Is.Positive.And.AtMost(100));
        Assert.That(sum, Is.Positive.And.AtMost(transfer.ExpectedSum(Events)));
        Assert.That(transfer.DeliveredShare == 100, Is.EqualTo(sum == transfer.ExpectedSum(Events)));
    }

    [Test]
    public void Other_types_are_subscribed_to_in_turn()
    {
        var bus = new EventBus();
        OtherEvents.SubscribeToTypes(bus, OtherEvents.TypeCount + 1);
        IReadOnlyList<BusTopicStatistics> topics = bus.GetStatistics().Topics;
        Assert.That(topics, Has.Count.EqualTo(1000));
        Assert.That(topics.Select(static topic => topic.SubscriptionCount), Has.Exactly(1).EqualTo(2).And.Exactly(999).EqualTo(1));
    }

    [Test]
    public void First_use_has_a_time() => Assert.That(FirstUse.Microseconds(100), Is.Positive);

    [Test]
    public void A_table_has_times_bytes_and_shares_and_publishing_on_one_thread_allocates_nothing()
    {
        var report = new Report("bus", "Bus", "run");
        TransferCost.Measure(
            new Measurement(report, new Progress(TextWriter.Null, false), 2), "table", "Title", TransferCost.NanosecondsPerEvent,
            [new CSharpEventPublish(1), new BusPublish("bus")], out double[] allocated);
        Table table = report.Tables.Single();
        Assert.That(
            table.Columns.Select(static column => column.Name),
            Is.EqualTo(new[] { "median", "min", "max", "ratio to first", "allocated", "delivered" }));
        Assert.That(table.Rows.Select(static row => row.Values[0]), Has.All.Positive);
        Assert.That(table.Rows.Select(static row => (row.Values[4], row.Values[5])), Has.All.EqualTo(((double?)0, (double?)100)));
        Assert.That(allocated, Is.EqualTo(new[] { 0.0, 0 }));
    }

    private static TestCaseData Case(Func<object> create, int count = 1)
    {
        using var transfer = (BusTransfer)create();
        return new TestCaseData(create).SetArgDisplayNames($"{transfer.Name}, {count}");
    }
}
