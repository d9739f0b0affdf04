using System.CommandLine;
using Engine.Migration.Loading;
using Engine.Migration.Reporting;
using Engine.Migration.Rewriting;
using Engine.Tooling;

namespace Engine.Migration.Cli;

/// <summary>The command line. Errors are one line on standard error and exit code 2.</summary>
internal static class MigrationCommandLine
{
    private const string Name = "engine-migration";

    private const string Description = """
        Finds uses of the types in Engine.Compatibility (DomainEventBus, AsyncEventBus and what belongs to them) in C# sources
        and moves them to IEventBus.

        Exit codes: 0 no use is left, 1 there are uses, 2 bad command line, nothing to look at, or a file that cannot be read or
        written (the others are dealt with).

        Limits: code that conditions (#if) leave out is not looked at, nor are generated files and what lies in bin and obj.
        Project files are read for their name, references and usings; conditions, and files added or removed by hand, are not.
        Packages are known after a restore. What only shows at run time (reflection, dependency injection by name) is not seen.
        Pass all that publishes and handles the same events at once: a file, folder, project or solution.
        """;

    private const string JsonOption = "--json";

    private static readonly Argument<string> Target = new("PATH") { Description = "A C# file, a folder, a .csproj or a .sln." };

    private static readonly Option<string[]> Include = new("--include")
    {
        Description = "Look only at files whose path below PATH matches; * stands for any characters, / included. May be repeated.",
        HelpName = "GLOB",
    };

    private static readonly Option<string[]> Exclude = new("--exclude")
    {
        Description = "Leave out files that match. May be repeated.",
        HelpName = "GLOB",
    };

    private static readonly Option<string?> JsonFile = new(JsonOption)
    {
        Description = "Write the findings as JSON too.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> WriteFiles = new("--write")
    {
        Description = "Change the files. Without it only the differences are printed.",
    };

    public static Task<int> InvokeAsync(string[] args) => new ToolProgram(Name, CreateRoot())
    {
        ExitCodeOf = static error => error is MigrationException ? ExitCodes.Failure : null,
    }.InvokeAsync(args);

    /// <summary>The commands with their options.</summary>
    public static RootCommand CreateRoot()
    {
        var check = new Command("check", "Lists the uses of the old types and what should stand there.")
        {
            Target,
            Include,
            Exclude,
            JsonFile,
        };
        check.SetAction(static result => Check(result));
        var migrate = new Command(
            "migrate", "Rewrites what can be rewritten safely and lists the rest. Prints the differences unless --write is given.")
        {
            Target, Include, Exclude, JsonFile, WriteFiles,
        };
        migrate.SetAction(static result => Migrate(result));
        return new RootCommand(Description) { check, migrate };
    }

    private static int Check(ParseResult result)
    {
        MigrationPlan plan = MakePlan(result);
        Console.Out.Write(FindingReport.Text(plan.Findings));
        Warn(plan);
        int files = plan.Findings.Select(static finding => finding.File).Distinct().Count();
        Console.Out.WriteLine(
            $"{Count(plan.Findings.Count, "finding")} in {Count(files, "file")}: {plan.RewrittenCount} by \"migrate\", " +
            $"{plan.ByHandCount} by hand");
        return plan.Unread.Count > 0 ? ExitCodes.Failure
            : plan.Findings.Count == 0 && plan.Kept.Count == 0 ? ExitCodes.Clean : ExitCodes.Findings;
    }

    private static int Migrate(ParseResult result)
    {
        MigrationPlan plan = MakePlan(result);
        bool isWriting = result.GetValue(WriteFiles);
        if (isWriting)
        {
            new FileReplacer().Replace(plan.NewTexts);
            foreach (SourceFile file in plan.NewTexts.Keys)
                Console.Out.WriteLine($"rewritten: {file.DisplayPath}");
        }
        else
        {
            foreach ((SourceFile file, string text) in plan.NewTexts)
                Console.Out.Write(UnifiedDiff.Make(file.DisplayPath.TrimStart('/'), file.Text, text));
        }

        Console.Out.Write(FindingReport.Text(plan.Findings.Where(static finding => finding.ByHand is not null)));
        Warn(plan);
        string verb = isWriting ? "rewritten" : "would be rewritten";
        Console.Out.WriteLine($"{Count(plan.NewTexts.Count, "file")} {verb}, {Count(plan.ByHandCount, "finding")} left to do by hand");
        bool isClean = plan.ByHandCount == 0 && plan.Kept.Count == 0 && (isWriting || plan.NewTexts.Count == 0);
        bool hasFailed = plan.Unread.Count > 0 || plan.Kept.Values.Contains(Planner.Unwritable);
        return hasFailed ? ExitCodes.Failure : isClean ? ExitCodes.Clean : ExitCodes.Findings;
    }

    private static MigrationPlan MakePlan(ParseResult result)
    {
        StandardStreams.RequireOutput();
        OutputFile.Check(JsonOption, result.GetValue(JsonFile));
        SourceSet sources = SourceSet.Load(
            result.GetRequiredValue(Target), result.GetValue(Include) ?? [], result.GetValue(Exclude) ?? []);
        OutputFile? json = OutputFile.Check(JsonOption, result.GetValue(JsonFile), sources.AllPaths);
        MigrationPlan plan = Planner.Make(sources);
        json?.Write(FindingReport.Json(plan));
        return plan;
    }

    private static void Warn(MigrationPlan plan)
    {
        foreach (Unread unread in plan.Unread)
            ToolProgram.WriteError(Name, $"{unread.Path} cannot be read and is left out: {unread.Reason}");
        foreach ((SourceFile file, string reason) in plan.Kept)
            ToolProgram.WriteError(Name, $"{file.DisplayPath} stays as it is: {reason}");
    }

    private static string Count(int number, string what) => number == 1 ? $"1 {what}" : $"{number} {what}s";
}
