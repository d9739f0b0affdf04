using System.CommandLine;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Storage;

/// <summary>What it costs to keep events.</summary>
internal static class StorageCommand
{
    private static readonly (string Name, Action<Measurement> Run)[] Sections =
    [
        ("guest", GuestSection.Run),
        ("instructions", InstructionSection.Run),
        ("replay", ReplaySection.Run),
        ("raw", RawSection.Run),
        ("lag", LagSection.Run),
        ("open", OpenSection.Run),
        ("events", EventStoreSection.Run),
        ("outbox", OutboxSection.Run),
    ];

    // They take so long that they are measured only when they are asked for by name.
    private static readonly (string Name, Action<Measurement> Run)[] LongSections = [("rows", RowsSection.Run)];

    public static Command Create()
    {
        Option<string> filter = NameFilter.CreateOption(
            $"Parts to measure: {string.Join(", ", Sections.Select(static section => section.Name))}; and rows, by this name only.");
        Option<int> rounds = MeasuringCommand.CreateRoundsOption(5);
        return MeasuringCommand.Create(
            "storage", "The journal: recording a machine, from span to durable, replay, raw lanes, lag; the event store; the outbox.",
            [filter, rounds], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<(string Name, Action<Measurement> Run)> selected =
                NameFilter.Select(
                    LongSections.Any(section => section.Name == options.GetValue(filter)) ? LongSections : Sections,
                    static section => section.Name, options.GetValue(filter)!);
            var report = new Report("storage", "Storage", MeasuringCommand.CommandLine(options));
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
