using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Bus;

/// <summary>A part of the <c>bus</c> command.</summary>
/// <param name="Name">Its permanent name.</param>
/// <param name="Run">Measures its variants.</param>
internal sealed record BusSection(string Name, Action<Measurement> Run)
{
    private const double MaxRatioOfTen = 2;
    private const double MaxRatioOfOne = 6;
    private const double MaxRatioOfOneByTopic = 4;
    private const double MaxRatioAmongOthers = 1.5;

    public static IReadOnlyList<BusSection> All { get; } =
    [
        new("sync", Sync),
        new("queues", Queues),
        new("lookup", Lookup),
        new("older-api", OlderApi),
        new("filters", Filters),
    ];

    private static void Sync(Measurement measurement)
    {
        foreach (int handlers in new[] { 1, 10 })
        {
            string what = handlers == 1 ? "one handler" : $"{handlers} handlers";
            RoundResult[] rounds = TransferCost.Measure(
                measurement, $"sync-{handlers}", $"Published and handled by {what} that add a number up", TransferCost.NanosecondsPerEvent,
                [
                    new CSharpEventPublish(handlers),
                    new BusPublish("bus, sync mode") { HandlerCount = handlers },
                    new BroadcastPublish(handlers, isBounded: false),
                    new BroadcastPublish(handlers, isBounded: true),
                    new BusPublish("bus, sync mode, by topic handle") { HandlerCount = handlers, IsByTopic = true },
                ],
                out double[] allocated);
            AddTarget("sync mode", 1, handlers == 1 ? MaxRatioOfOne : MaxRatioOfTen);
            AddTarget("sync mode, by topic handle", 4, handlers == 1 ? MaxRatioOfOneByTopic : MaxRatioOfTen);

            void AddTarget(string mode, int variant, double limit)
            {
                double ratio = RoundsTable.MedianRatio(rounds, variant, 0);
                measurement.Report.AddTarget($"{mode} / C# event, {what}", ratio, limit, ratio <= limit);
                measurement.Report.AddTarget($"{mode}, bytes allocated per publish, {what}", allocated[variant], 0, allocated[variant] == 0);
            }
        }
    }

    private static void Queues(Measurement measurement)
    {
        foreach (int publishers in new[] { 1, 2 })
        {
            string what = publishers == 1 ? "One publisher" : "Two publishers";
            TransferCost.Measure(
                measurement, $"queues-{publishers}", $"{what}, a bounded queue of {QueueTransfer.Capacity} that publishers wait for, one reader", TransferCost.MillionsPerSecond,
                [
                    new ChannelQueue(publishers),
                    .. Enum.GetValues<QueueForm>().Select(form => new BusQueue(form, publishers)),
                ],
                out _);
        }
    }

    private static void Lookup(Measurement measurement)
    {
        TransferCost.Measure(
            measurement, "lookup", "Publishing to one handler, by what else is subscribed", TransferCost.NanosecondsPerEvent,
            [
                new BusPublish("nothing else"),
                new BusPublish("100 subscriptions, 100 other types") { Prepare = static bus => OtherEvents.SubscribeToTypes(bus, 100) },
                new BusPublish("10,000 subscriptions, 1,000 other types") { Prepare = static bus => OtherEvents.SubscribeToTypes(bus, 10_000) },
                new BusPublish("100 patterns that do not match") { Prepare = static bus => OtherEvents.SubscribeToPatterns(bus, 100) },
                new BusPublish("10,000 patterns that do not match") { Prepare = static bus => OtherEvents.SubscribeToPatterns(bus, 10_000) },
                new BusPublish("subscribed by a pattern, nothing else") { IsByPattern = true },
                new BusPublish("subscribed by a pattern, 10,000 that do not match")
                {
                    IsByPattern = true,
                    Prepare = static bus => OtherEvents.SubscribeToPatterns(bus, 10_000),
                },
            ],
            out _);
        FirstUse.Measure(measurement, [1, 100, 10_000]);
    }

    private static void OlderApi(Measurement measurement)
    {
        RoundResult[] rounds = TransferCost.Measure(
            measurement, "older-api", "Published by the older bus's adapter to one handler, by subscriptions to other names", TransferCost.NanosecondsPerEvent,
            [
                new OlderApiPublish("older-api-alone", otherCount: 0),
                new OlderApiPublish("older-api-among-1000", otherCount: 1000),
            ],
            out _);
        double ratio = RoundsTable.MedianRatio(rounds, 1, 0);
        measurement.Report.AddTarget("the older API among 1,000 other names / alone", ratio, MaxRatioAmongOthers, ratio <= MaxRatioAmongOthers);
    }

    private static void Filters(Measurement measurement)
    {
        EventFilter<Events.Vm.InstructionRetired> predicate = EventFilter.Where(static (in Events.Vm.InstructionRetired e) => (e.Pc & 1UL << 63) == 0);
        TransferCost.Measure(
            measurement, "filters", "Publishing to one handler through a chain of predicates that all pass", TransferCost.NanosecondsPerEvent,
            [
                new BusPublish("no filter"),
                new BusPublish("1 predicate") { Filter = predicate },
                new BusPublish("3 predicates") { Filter = predicate.And(predicate).And(predicate) },
            ],
            out _);
    }
}
