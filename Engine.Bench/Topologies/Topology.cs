using Engine.Bench.Reporting;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Bench.Topologies;

/// <summary>An arrangement of producers and handlers on threads of their own.</summary>
/// <param name="Name">Its permanent name.</param>
/// <param name="Run">Measures its variants.</param>
internal sealed record Topology(string Name, Action<Measurement> Run)
{
    public static readonly TimeSpan BarePause = TimeSpan.FromMicroseconds(2);

    public static IReadOnlyList<Topology> All { get; } =
    [
        new("one-to-one", OneToOne),
        new("one-to-three", OneToThree),
        new("three-to-one", ThreeToOne),
        new("merge", Merge),
        new("ping-pong", PingPong),
        new("emulator", static measurement => GuestTopology.Run(measurement)),
    ];

    private static void OneToOne(Measurement measurement)
    {
        measurement.Throughput("one-to-one", "One producer, one batch handler, 16-byte events",
        [
            new EngineOneToOne(PublishForm.OneByOne),
            new EngineOneToOne(PublishForm.Writer),
            new EngineOneToOne(PublishForm.Span),
            new EngineOneToOne(PublishForm.Claim),
            new BareRingOneToOne(BarePause),
            new BareRingOneToOne(BarePause, BareForm.LinesAhead),
            new BareRingOneToOne(BarePause, BareForm.Spans),
            new BareRingOneToOne(TimeSpan.Zero),
            new StandInTransfer(StandInForm.OneByOneYielding),
            new StandInTransfer(StandInForm.OneByOneBusySpin),
            new StandInTransfer(StandInForm.Batches),
        ]);
        measurement.Latency("one-to-one-latency", "One producer, one handler, an event every 10 us, from due to handled",
        [
            EngineLatency.FromOneProducer("engine"),
            EngineLatency.FromOneProducer("engine, inline handler", delivery: Delivery.Inline),
            new BareRingOneToOne(TimeSpan.Zero),
        ]);
    }

    private static void OneToThree(Measurement measurement)
    {
        measurement.Throughput("one-to-three", "One producer, three handlers that each see every event, 16-byte events",
        [
            new EngineOneToThree(ThreeHandlers.Batch),
            new EngineOneToThree(ThreeHandlers.PerEvent),
            new EngineOneToThree(ThreeHandlers.Inline),
        ]);
        measurement.Latency("one-to-three-latency", "One producer, three handlers, an event every 10 us, from due to handled by the last",
        [
            EngineLatency.FromOneProducer("engine, three handlers", 3),
            EngineLatency.FromOneProducer("engine, three inline handlers", 3, Delivery.Inline),
        ]);
    }

    private static void ThreeToOne(Measurement measurement)
    {
        measurement.Throughput("three-to-one", "Three producers, one batch handler, 16-byte events",
        [
            new EngineThreeToOne(ThreeProducers.OwnLanes),
            new EngineThreeToOne(ThreeProducers.OwnLanesSpans),
            new EngineThreeToOne(ThreeProducers.SharedLane),
            new EngineThreeToOne(ThreeProducers.SharedLaneSpans),
            new StandInTransfer(StandInForm.ThreeProducers),
        ]);
        measurement.Latency("three-to-one-latency", "Three lanes in turn, one handler, an event every 10 us, from due to handled",
        [
            EngineLatency.FromThreeLanes("engine, three lanes"),
            EngineLatency.FromSharedLane("engine, shared lane"),
        ]);
    }

    private static void Merge(Measurement measurement) =>
        measurement.Throughput("merge", "Producers of one thread in turns of 1,024 events, merged into one order, 16-byte events",
        [
            new EngineMerge(2, spanLength: 1024, interleaves: false),
            new EngineMerge(8, spanLength: 1024, interleaves: false),
            new EngineMerge(2, spanLength: 1024, interleaves: true),
            new EngineMerge(8, spanLength: 1024, interleaves: true),
            new EngineMerge(2, spanLength: 1, interleaves: true),
        ]);

    private static void PingPong(Measurement measurement) =>
        measurement.Latency("ping-pong", "Two dispatchers that answer each other, round trip",
        [
            new EnginePingPong(WaitStrategyKind.Adaptive),
            new EnginePingPong(WaitStrategyKind.BusySpin),
            new EnginePingPong(WaitStrategyKind.Blocking),
            new BareRingPingPong(),
        ]);
}
