using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using Engine.Bench.Reporting;
using Engine.Bench.Support;

namespace Engine.Bench.Micro;

/// <summary>The suites of BenchmarkDotNet: one class per hot path.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        Option<string> filter = NameFilter.CreateOption("Benchmarks to run, by Class.Method, for example '*Publish*'.");
        var quick = new Option<bool>("--quick") { Description = "A few short iterations: shows that all works, measures little." };
        var threading = new Option<bool>("--threading") { Description = "Also lock contentions and completed work items." };
        var disassembly = new Option<bool>("--disassembly") { Description = "Also the machine code, as a file among the artifacts." };
        return MeasuringCommand.Create(
            "micro", "BenchmarkDotNet suites, one class per hot path.", [filter, quick, threading, disassembly], Prepare);

        Func<Report> Prepare(ParseResult options, Progress progress)
        {
            IReadOnlyList<MicroBenchmark> selected = NameFilter.Select(MicroBenchmark.All, static b => b.Name, options.GetValue(filter)!);
            // BenchmarkDotNet builds a program around the suites.
            string checkout = Checkout.Require("micro");
            var report = new Report("micro", "Hot paths", MeasuringCommand.CommandLine(options));
            var microOptions = new MicroOptions(options.GetValue(quick), options.GetValue(threading), options.GetValue(disassembly));
            return () =>
            {
                var logger = new MicroLogger(progress, Console.Error);
                Run(selected, MicroConfig.Create(microOptions, checkout, logger), logger, report);
                return report;
            };
        }
    }

    private static void Run(IReadOnlyList<MicroBenchmark> selected, IConfig config, MicroLogger logger, Report report)
    {
        BenchmarkRunInfo[] runs =
        [
            .. selected.GroupBy(static benchmark => benchmark.Suite)
                .Select(suite => BenchmarkConverter.MethodsToBenchmarks(suite.Key, [.. suite.Select(static b => b.Method)], config)),
        ];
        logger.Total = runs.Sum(static run => run.BenchmarksCases.Length);
        Summary[] summaries = BenchmarkRunner.Run(runs);
        foreach (Summary summary in summaries)
        {
            if (summary.HasCriticalValidationErrors || summary.Reports.Any(static r => !r.Success))
                throw new InvalidOperationException($"Some benchmarks failed; the log is {summary.LogFilePath}.");
            foreach (Table table in MicroTables.Of(summary))
                report.Add(table);
            Console.Error.WriteLine($"artifacts: {summary.ResultsDirectoryPath}");
        }
    }
}
