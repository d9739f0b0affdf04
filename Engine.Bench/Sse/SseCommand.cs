using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Sse;

/// <summary>What events in a browser cost.</summary>
internal static class SseCommand
{
    private static readonly (string Name, Action<Measurement> Run)[] Sections =
    [
        ("fan-out", FanOutSection.Run),
        ("idle", IdleStreamsSection.Run),
        ("stalled", StalledClientSection.Run),
        ("reconnects", ReconnectSection.Run),
    ];

    public static Command Create()
    {
        Option<string> filter = NameFilter.CreateOption(
            $"Parts to measure: {string.Join(", ", Sections.Select(static section => section.Name))}.");
        Option<int> rounds = MeasuringCommand.CreateRoundsOption(3);
        return MeasuringCommand.Create(
            "sse", "The gateway: many streams, idle ones, a stalled one, and clients that come and go.", [filter, rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<(string Name, Action<Measurement> Run)> selected =
                NameFilter.Select(Sections, static section => section.Name, options.GetValue(filter)!);
            var report = new Report("sse", "Events in a browser", MeasuringCommand.CommandLine(options));
            var measurement = new Measurement(report, progress, options.GetValue(rounds));
            return () =>
            {
                foreach ((_, Action<Measurement> run) in selected)
                    run(measurement);
                return report;
            };
        }
    }
}
