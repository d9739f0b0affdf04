using System.CommandLine;
using Engine.Bench.Support;
using Engine.Tooling;

namespace Engine.Bench.Reporting;

/// <summary>What the commands have in common: options, checks before measuring, progress, text, files, exit code.</summary>
internal static class MeasuringCommand
{
    private const int DefaultRounds = 11;
    private const int MaxRounds = 10_000;

    /// <summary>Makes a command with <c>--json</c> and <c>--docs</c>.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="description">What it measures.</param>
    /// <param name="options">Options of its own.</param>
    /// <param name="prepare">Checks the options and returns what measures; throws <see cref="UsageException"/>.</param>
    public static Command Create(
        string name, string description, IEnumerable<Option> options, Func<ParseResult, Progress, Func<Report>> prepare)
    {
        Option<string?> json = ReportFiles.CreateJsonOption();
        Option<string?> docs = ReportFiles.CreateDocsOption();
        var command = new Command(name, description) { json, docs };
        foreach (Option option in options)
            command.Add(option);
        command.SetAction(parsed => CommandRun.Guard(() =>
        {
            StandardStreams.RequireOutput();
            var progress = Progress.ToErrorStream();
            Func<Report> measure = prepare(parsed, progress);
            ReportFiles files = ReportFiles.Open(parsed, json, docs);
            Report report = measure();
            progress.Done();
            ConsoleReport.Print(report, Console.Out);
            foreach (string path in files.Write(report))
                Console.Error.WriteLine($"written: {path}");
            return 0;
        }));
        return command;
    }

    public static Option<int> CreateRoundsOption(int defaultRounds = DefaultRounds)
    {
        var option = new Option<int>("--rounds")
        {
            Description = "Rounds, in each of which every variant has its turn.",
            HelpName = "N",
            DefaultValueFactory = _ => defaultRounds,
        };
        option.Validators.Add(static result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, out int rounds) && (rounds < 1 || rounds > MaxRounds))
                result.AddError($"--rounds must be at least 1 and at most {MaxRounds}; got {rounds}.");
        });
        return option;
    }

    /// <summary>
    /// What to type to get a report like that of this run. Where its JSON went is left out: it means nothing on another
    /// machine.
    /// </summary>
    public static string CommandLine(ParseResult options)
    {
        IEnumerable<string> tokens = options.Tokens
            .Where((token, i) => token.Value != ReportFiles.JsonOption && (i == 0 || options.Tokens[i - 1].Value != ReportFiles.JsonOption))
            .Select(static token => Quote(token.Value));
        return "dotnet run -c Release --project Engine.Bench -- " + string.Join(' ', tokens);
    }

    // A shell would expand a glob.
    private static string Quote(string argument) =>
        argument.AsSpan().IndexOfAny(" *?[") < 0 ? argument : $"'{argument}'";
}
