using System.CommandLine;
using Engine.Bench.Reporting;

namespace Engine.Bench.Quick;

/// <summary>The quick benchmark: everything that has a target, in about a minute.</summary>
internal static class QuickCommand
{
    public static Command Create() =>
        MeasuringCommand.Create("quick", "Everything that has a target, in about a minute.", [], static (options, progress) =>
        {
            var report = new Report("quick", "What has a target", MeasuringCommand.CommandLine(options));
            return () =>
            {
                ThroughputSection.Run(report, progress);
                LatencySection.Run(report, progress);
                IdleSection.Run(report, progress);
                SparseSection.Run(report, progress);
                EmulatorSection.Run(report, progress);
                OneCoreSection.Run(report, progress);
                return report;
            };
        });
}
