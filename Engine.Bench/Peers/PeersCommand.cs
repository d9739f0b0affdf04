using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;
using Engine.Bench.Topologies;

namespace Engine.Bench.Peers;

/// <summary>The same events through the engine, a bare ring, and what .NET brings along.</summary>
internal static class PeersCommand
{
    public static Command Create()
    {
        IEnumerable<string> names = Peer.CreateAll().Select(static peer => peer.Id);
        Option<string> filter = NameFilter.CreateOption(
            $"Peers to measure, beside the engine and the bare ring: {string.Join(", ", names)}.");
        Option<int> rounds = MeasuringCommand.CreateRoundsOption();
        return MeasuringCommand.Create("peers", "The same events through the engine and other queues.", [filter, rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<Peer> peers = NameFilter.Select(Peer.CreateAll(), static peer => peer.Id, options.GetValue(filter)!);
            var report = new Report("peers", "The engine and its peers", MeasuringCommand.CommandLine(options));
            return () =>
            {
                Measure(new Measurement(report, progress, options.GetValue(rounds)), peers);
                return report;
            };
        }
    }

    private static void Measure(Measurement measurement, IReadOnlyList<Peer> peers)
    {
        measurement.Throughput("throughput", "One producer, one consumer, 16-byte events",
        [
            new EngineOneToOne(PublishForm.OneByOne),
            new BareRingOneToOne(Topology.BarePause),
            .. peers,
        ]);
        measurement.Latency("latency", "One producer, one consumer, an event every 10 us, from due to handled",
        [
            EngineLatency.FromOneProducer("engine"),
            new BareRingOneToOne(TimeSpan.Zero),
            .. peers.Where(static peer => peer.HasLatency),
        ]);
    }
}
