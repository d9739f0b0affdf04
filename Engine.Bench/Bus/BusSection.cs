using Engine.Bench.Bus.Peers;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bus;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Subscriptions.Filters;

namespace Engine.Bench.Bus;

/// <summary>A part of the <c>bus</c> command.</summary>
/// <param name="Name">Its permanent name.</param>
/// <param name="Run">Measures its variants.</param>
internal sealed record BusSection(string Name, Action<Measurement> Run)
{
    // How much slower than a C# event a publish to one handler may be, by a topic's handle or without, and one to ten.
    private const double MaxRatioOfOne = 6;
    private const double MaxRatioOfOneByTopic = 4;
    private const double MaxRatioOfTen = 2;
    private const double MaxRatioAmongOthers = 1.5;

    // How much faster than a bounded channel of the same capacity a queue has to be, by its handler.
    private const double MinAsyncToChannel = 1;
    private const double MinBatchToChannel = 2;

    private const double MinMessagesPerMicrosecond = 10;

    public static IReadOnlyList<BusSection> All { get; } =
    [
        new("sync", Sync),
        new("queues", Queues),
        new("messages", Messages),
        new("lookup", Lookup),
        new("older-api", OlderApi),
        new("filters", Filters),
        new("peers", PeersSection.Run),
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
            QueueForm[] forms = Enum.GetValues<QueueForm>();
            RoundResult[] rounds = TransferCost.Measure(
                measurement, $"queues-{publishers}",
                $"{what}, a bounded queue of {QueueTransfer.Capacity} that publishers wait for, one reader", TransferCost.MillionsPerSecond,
                [new ChannelQueue(publishers), .. forms.Select(form => new BusQueue(form, publishers))],
                out _);
            if (publishers > 1)
                continue;
            AddTarget("async mode", QueueForm.Async, MinAsyncToChannel);
            AddTarget("batch mode, handler of batches", QueueForm.BatchHandler, MinBatchToChannel);

            void AddTarget(string mode, QueueForm form, double limit) =>
                measurement.Report.AddRatioTarget($"{mode} / bounded Channel<T>", rounds, 1 + Array.IndexOf(forms, form), 0, limit);
        }
    }

    private static void Messages(Measurement measurement)
    {
        RoundResult[] rounds = TransferCost.Measure(
            measurement, "messages", "Messages published and acknowledged", TransferCost.MillionsPerSecond,
            [new MessagePingPong(), new MessageQueueTransfer()], out double[] allocated);
        double median = Statistics.Median(rounds.Select(static round => round.Values[0]));
        measurement.Report.AddTarget(
            "message published and acked by one thread, M/s", median, MinMessagesPerMicrosecond, median >= MinMessagesPerMicrosecond);
        measurement.Report.AddTarget("message published and acked by one thread, bytes allocated", allocated[0], 0, allocated[0] == 0);
    }

    private static void Lookup(Measurement measurement)
    {
        TransferCost.Measure(
            measurement, "lookup", "Publishing to one handler, by what else is subscribed", TransferCost.NanosecondsPerEvent,
            [
                new BusPublish("nothing else"),
                Beside("100 subscriptions, 100 other types", static bus => OtherEvents.SubscribeToTypes(bus, 100)),
                Beside("10,000 subscriptions, 1,000 other types", static bus => OtherEvents.SubscribeToTypes(bus, 10_000)),
                Beside("100 patterns that do not match", static bus => OtherEvents.SubscribeToPatterns(bus, 100)),
                Beside("10,000 patterns that do not match", static bus => OtherEvents.SubscribeToPatterns(bus, 10_000)),
                new BusPublish("subscribed by a pattern, nothing else") { IsByPattern = true },
                new BusPublish("subscribed by a pattern, 10,000 that do not match")
                {
                    IsByPattern = true,
                    Prepare = static bus => OtherEvents.SubscribeToPatterns(bus, 10_000),
                },
            ],
            out _);
        FirstUse.Measure(measurement, [1, 100, 10_000]);

        static BusPublish Beside(string others, Action<EventBus> subscribe) => new(others) { Prepare = subscribe };
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
        EventFilter<InstructionRetired> predicate = EventFilter.Where(static (in InstructionRetired e) => (e.Pc & 1UL << 63) == 0);
        TransferCost.Measure(
            measurement, "filters", "Publishing to one handler through filters that let all pass", TransferCost.NanosecondsPerEvent,
            [
                new BusPublish("no filter"),
                new BusPublish("1 predicate") { Filter = predicate },
                new BusPublish("3 predicates") { Filter = predicate.And(predicate).And(predicate) },
                new BusPublish("subscribed by a pattern, 1 filter of any event") { IsByPattern = true, AnyFilter = new FromAnyVm() },
            ],
            out _);
    }

    /// <summary>Looks at each event, and lets it pass.</summary>
    private sealed class FromAnyVm : AnyEventFilter
    {
        public override bool Matches<T>(in T @event, in Envelope envelope) => envelope.Producer.VmId is null;
    }
}
