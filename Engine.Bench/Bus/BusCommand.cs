using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Bus;

/// <summary>The domain-event bus beside what .NET brings along for the same job.</summary>
internal static class BusCommand
{
    public static Command Create()
    {
        Option<string> filter = NameFilter.CreateOption(
            $"Parts to measure: {string.Join(", ", BusSection.All.Select(static s => s.Name))}.");
        Option<int> rounds = MeasuringCommand.CreateRoundsOption();
        return MeasuringCommand.Create(
            "bus", "The domain-event bus: its modes, its messages, its filters, its look-up of subscriptions, and its peers.",
            [filter, rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<BusSection> selected = NameFilter.Select(BusSection.All, static s => s.Name, options.GetValue(filter)!);
            var report = new Report("bus", "The domain-event bus", MeasuringCommand.CommandLine(options));
            var measurement = new Measurement(report, progress, options.GetValue(rounds));
            return () =>
            {
                foreach (BusSection section in selected)
                    section.Run(measurement);
                return report;
            };
        }
    }
}
