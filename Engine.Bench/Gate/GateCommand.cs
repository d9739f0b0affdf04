using System.CommandLine;
using System.Globalization;
using System.IO.Enumeration;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Counting;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Gate.Reporting;
using Engine.Bench.Gate.Trials;
using Engine.Tooling;

namespace Engine.Bench.Gate;

/// <summary>The performance gate, and the commands that look into the gate itself.</summary>
internal static class GateCommand
{
    private const int MaxCount = 10_000;

    public static Command Create()
    {
        var @base = new Option<string?>("--base")
        {
            Description = "Compare with this revision instead of the one in Engine.Bench/Gate/base.",
            HelpName = "REV",
        };
        var filter = new Option<string>("--filter")
        {
            Description = "Only benchmarks whose name matches; * and ? are wildcards.",
            HelpName = "GLOB",
            DefaultValueFactory = static _ => "*",
        };
        var json = new Option<string?>("--json") { Description = "Also write the report to this file as JSON.", HelpName = "FILE" };
        var markdown = new Option<string?>("--markdown")
        {
            Description = "Also write the report to this file as Markdown.",
            HelpName = "FILE",
        };
        var trial = CountOption("--trial", "Judge nothing; find out how often the gate errs, by N runs of the base against itself.");
        var seeded = CountOption("--trial-seeded", "And by N runs of the base with a seeded slow-down.");
        var label = new Option<string>("--trial-label")
        {
            Description = "What the trial's report calls the circumstances.",
            HelpName = "TEXT",
            DefaultValueFactory = static _ => "Trial",
        };
        var callgrind = new Option<bool>("--callgrind") { Description = "Judge nothing; count instructions per operation with Valgrind." };
        var prepare = new Option<bool>("--prepare") { Description = "Judge nothing; build the base, so that a later run finds it." };
        var command = new Command("gate", "Fails when a gated benchmark is slower than at the base commit, or allocates more.")
        {
            @base, filter, json, markdown, trial, seeded, label, callgrind, prepare,
        };
        command.SetAction((result, cancellationToken) => GuardAsync(() => RunAsync(
            new GateArguments(
                result.GetValue(@base), result.GetRequiredValue(filter), result.GetValue(json), result.GetValue(markdown),
                result.GetValue(trial), result.GetValue(seeded), result.GetRequiredValue(label), result.GetValue(callgrind),
                result.GetValue(prepare)),
            cancellationToken)));
        return command;
    }

    /// <summary>Turns what can be expected to go wrong into a line of text and an exit code.</summary>
    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                throw new GateSetupException("The gate needs Linux: it measures with clock_gettime(CLOCK_THREAD_CPUTIME_ID).");
            return await run().ConfigureAwait(false);
        }
        catch (Exception exception) when (
            exception is GateSetupException or ContractException or MeasurementException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(ToolProgram.Shorten(exception.Message)).ConfigureAwait(false);
            return GateExitCodes.CannotRun;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("interrupted").ConfigureAwait(false);
            return GateExitCodes.Interrupted;
        }
    }

    private static Option<int> CountOption(string name, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out int count)
                && (count < 0 || count > MaxCount))
                result.AddError($"{name} must be 0 or more, and at most {MaxCount}; got {count}.");
        });
        return option;
    }

    private static async Task<int> RunAsync(GateArguments arguments, CancellationToken cancellationToken)
    {
        StandardStreams.RequireOutput();
        OutputFile? json = OutputFile.Check("--json", arguments.JsonPath);
        OutputFile? markdown = OutputFile.Check("--markdown", arguments.MarkdownPath, arguments.JsonPath);
        GitRepository repository = GitRepository.Find();
        IReadOnlyDictionary<string, Acceptance> acceptances = ReadAcceptances(repository);
        var console = new GateConsole(Console.Out, Console.IsErrorRedirected ? null : Console.Error);
        var builder = new GateBuilder(repository, console.Progress);
        GateBuilds builds = await builder.BuildAsync(arguments.Base ?? builder.ReadBaseFile(), cancellationToken).ConfigureAwait(false);
        console.Begin(builds);
        if (arguments.Prepare)
            return GateExitCodes.Passed;
        if (arguments.Callgrind)
            return await CallgrindRun.RunAsync(builds, arguments.Filter, Console.Out, cancellationToken).ConfigureAwait(false);
        var judge = new BenchmarkJudge(new ProcessSampler(), console.Progress);
        if (arguments.Trial + arguments.TrialSeeded > 0)
            return await TrialAsync(arguments, builds, judge, console, json, markdown, cancellationToken).ConfigureAwait(false);

        RequireMatch(builds, arguments.Filter);
        GateResult result = await new GateRun(builds, acceptances, arguments.Filter, judge, console.Add)
            .RunAsync(cancellationToken).ConfigureAwait(false);
        console.End(result);
        json?.Write(JsonReport.Write(result));
        markdown?.Write(MarkdownReport.Write(result));
        return GateExitCodes.Of(result.Outcome);
    }

    // Before the gate's own test, which takes a minute.
    private static void RequireMatch(GateBuilds builds, string filter)
    {
        try
        {
            if (!LoadedSide.Load("head", builds.Head).Benchmarks.Concat(LoadedSide.Load("base", builds.Base).Benchmarks)
                .Any(benchmark => FileSystemName.MatchesSimpleExpression(filter, benchmark.Name)))
                throw new GateSetupException($"No gated benchmark matches \"{filter}\".");
        }
        catch (ContractException)
        {
            // The run reports it.
        }
    }

    private static async Task<int> TrialAsync(
        GateArguments arguments, GateBuilds builds, BenchmarkJudge judge, GateConsole console, OutputFile? json, OutputFile? markdown,
        CancellationToken cancellationToken)
    {
        DateTimeOffset started = DateTimeOffset.UtcNow;
        await new Trial(builds, judge, arguments.Filter)
            .RunAsync(arguments.Trial, arguments.TrialSeeded, OnRun, cancellationToken).ConfigureAwait(false);
        return GateExitCodes.Passed;

        // Written after each run, so that an interrupted trial keeps what it has.
        void OnRun(IReadOnlyList<TrialRun> runs)
        {
            var report = new TrialReport(arguments.TrialLabel, builds, runs, started);
            json?.Write(report.WriteJson());
            markdown?.Write(report.WriteMarkdown());
            foreach (BenchmarkResult result in runs[^1].Results)
                console.Add(
                    $"run {runs.Count} of {arguments.Trial + arguments.TrialSeeded}, " +
                    $"{(runs[^1].IsSeeded ? "seeded" : "base against itself")}", result);
            if (runs.Count == arguments.Trial + arguments.TrialSeeded)
                Console.Out.WriteLine(report.WriteMarkdown());
        }
    }

    private static IReadOnlyDictionary<string, Acceptance> ReadAcceptances(GitRepository repository) => AcceptanceFile.Parse(
        File.ReadAllText(Path.Combine(repository.Root, AcceptanceFile.RelativePath)),
        GateSide.List().Select(static benchmark => benchmark.Name),
        DateOnly.FromDateTime(DateTime.UtcNow));
}
