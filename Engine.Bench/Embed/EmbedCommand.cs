using System.CommandLine;
using Engine.Bench.Reporting;

namespace Engine.Bench.Embed;

/// <summary>
/// What an author who embeds the engine in an emulator of his own pays, in each form: shares of the speed of a small interpreter that
/// looks for events at every instruction.
/// </summary>
internal static class EmbedCommand
{
    private const int DefaultRounds = 11;

    public static Command Create()
    {
        Option<int> rounds = MeasuringCommand.CreateRoundsOption(DefaultRounds);
        return MeasuringCommand.Create("embed", "A small interpreter with the engine embedded.", [rounds], (options, progress) =>
        {
            var report = new Report("embed", "Embedded in a small interpreter", MeasuringCommand.CommandLine(options));
            return () =>
            {
                IReadOnlyList<EmbedVariant> variants = EmbedVariant.All;
                var measurement = new Measurement(report, progress, options.GetValue(rounds));
                var results = measurement.Rounds("embed", variants.Count, i => variants[i].MillionInstructionsPerSecond());
                report.Add(RoundsTable.Create(
                    "embed", "A small RV32I interpreter that looks for events at every instruction",
                    [.. variants.Select(static v => v.Name)], results, "MIPS"), results);
                report.AddRatioTarget("nobody subscribed / no engine", results, 1, 0, 0.98);
                report.AddRatioTarget("every instruction, one by one / no engine", results, 2, 0, 0.92);
                return report;
            };
        });
    }
}
