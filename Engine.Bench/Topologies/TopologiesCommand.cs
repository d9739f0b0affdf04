using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Topologies;

/// <summary>Producers and handlers on threads that talk to each other: throughput, latency, and the emulator.</summary>
internal static class TopologiesCommand
{
    public static Command Create()
    {
        var filter = NameFilter.CreateOption($"Topologies to measure: {string.Join(", ", Topology.All.Select(static t => t.Name))}.");
        Option<int> rounds = MeasuringCommand.CreateRoundsOption();
        return MeasuringCommand.Create("topologies", "Threads that talk: throughput, latency and the emulator.", [filter, rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<Topology> selected = NameFilter.Select(Topology.All, static t => t.Name, options.GetValue(filter)!);
            var report = new Report("topologies", "Topologies", MeasuringCommand.CommandLine(options));
            var measurement = new Measurement(report, progress, options.GetValue(rounds));
            return () =>
            {
                foreach (Topology topology in selected)
                    topology.Run(measurement);
                return report;
            };
        }
    }
}
