using System.CommandLine;
using Engine.Bench.Gate.Building;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Bench.Gate.Reporting;

namespace Engine.Bench.Gate;

/// <summary>The performance gate.</summary>
internal static class GateCommand
{
    public static Command Create()
    {
        var @base = new Option<string?>("--base") { Description = "Compare with this revision instead of the one in Engine.Bench/Gate/base.", HelpName = "REV" };
        var filter = new Option<string>("--filter")
        {
            Description = "Only benchmarks whose name matches; * and ? are wildcards.",
            HelpName = "GLOB",
            DefaultValueFactory = static _ => "*",
        };
        var json = new Option<FileInfo?>("--json") { Description = "Also write the report to this file as JSON.", HelpName = "FILE" };
        var markdown = new Option<FileInfo?>("--markdown") { Description = "Also write the report to this file as Markdown.", HelpName = "FILE" };
        var command = new Command("gate", "Fails when a gated benchmark is slower than at the base commit, or allocates more.")
        {
            @base, filter, json, markdown,
        };
        command.SetAction((result, cancellationToken) => GuardAsync(() => RunAsync(
            result.GetValue(@base), result.GetRequiredValue(filter),
            result.GetValue(json)?.FullName, result.GetValue(markdown)?.FullName, cancellationToken)));
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
        catch (Exception exception) when (exception is GateSetupException or ContractException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return GateExitCodes.CannotRun;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("interrupted").ConfigureAwait(false);
            return GateExitCodes.Interrupted;
        }
    }

    private static async Task<int> RunAsync(
        string? baseRevision, string filter, string? jsonPath, string? markdownPath, CancellationToken cancellationToken)
    {
        GitRepository repository = GitRepository.Find();
        IReadOnlyDictionary<string, Acceptance> acceptances = ReadAcceptances(repository);
        var console = new GateConsole(Console.Out, Console.IsErrorRedirected ? null : Console.Error);
        var builder = new GateBuilder(repository, console.Progress);
        GateBuilds builds = await builder.BuildAsync(baseRevision ?? builder.ReadBaseFile(), cancellationToken).ConfigureAwait(false);
        console.Begin(builds);
        var judge = new BenchmarkJudge(new ProcessSampler(), console.Progress);
        GateResult result = await new GateRun(builds, acceptances, filter, judge, console.Add).RunAsync(cancellationToken).ConfigureAwait(false);
        if (result.Benchmarks.Count == 0 && result.Problem is null)
            throw new GateSetupException($"No gated benchmark matches \"{filter}\".");
        console.End(result);
        if (jsonPath is not null)
            await File.WriteAllTextAsync(jsonPath, JsonReport.Write(result), cancellationToken).ConfigureAwait(false);
        if (markdownPath is not null)
            await File.WriteAllTextAsync(markdownPath, MarkdownReport.Write(result), cancellationToken).ConfigureAwait(false);
        return GateExitCodes.Of(result.Outcome);
    }

    private static IReadOnlyDictionary<string, Acceptance> ReadAcceptances(GitRepository repository) => AcceptanceFile.Parse(
        File.ReadAllText(Path.Combine(repository.Root, AcceptanceFile.RelativePath)),
        GateSide.List().Select(static benchmark => benchmark.Name),
        DateOnly.FromDateTime(DateTime.UtcNow));
}
