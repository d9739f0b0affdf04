using System.Text.RegularExpressions;
using Engine.Migration.Cli;
using Engine.Tests.Architecture;

namespace Engine.Tests.Migration;

/// <summary>The commands and the table of docs/migration.md are true.</summary>
[NonParallelizable]
public partial class MigrationDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "migration.md"));

    [Test]
    public void Commands_run()
    {
        string[] commands = [.. CommandPattern().Matches(Document).Select(static match => match.Groups[1].Value.Trim())];
        Assert.That(commands, Is.EqualTo(new[] { "check PATH", "migrate PATH", "migrate PATH --write" }));
        Assert.That(File.Exists(Path.Combine(SourceTree.Root, "Engine.Migration", "Engine.Migration.csproj")), Is.True);
        using SourceFolder folder = Samples.Shop();
        TextWriter previous = Console.Out;
        Console.SetOut(TextWriter.Null);
        try
        {
            int[] exitCodes = [.. commands.Append("check PATH")
                .Select(command => command.Replace("PATH", folder.Root, StringComparison.Ordinal).Split(' '))
                .Select(static arguments => MigrationCommandLine.CreateRoot().Parse(arguments).Invoke())];
            Assert.That(exitCodes, Is.EqualTo(new[] { 1, 1, 0, 0 }));
        }
        finally
        {
            Console.SetOut(previous);
        }
    }

    [TestCase("new DomainEventBus()", "new EventBus()")]
    [TestCase("new AsyncEventBus()",
        "new EventBus(options: new EventBusOptions { DefaultMode = ProcessingMode.Async, Retry = new() { MaxAttempts = 4 } })")]
    public void Constructions_become_what_the_table_says(string old, string replacement)
    {
        Assert.That(Document, Does.Contain($"| `{old}` | `{replacement}` |"));
        using var folder = new SourceFolder();
        folder.Add("A.cs", $"using Engine.Compatibility;\npublic static class A {{ public static object Make() => {old}; }}\n");
        folder.Migrate();
        Assert.That(folder.Read("A.cs"),
            Is.EqualTo($"using Engine.Bus;\npublic static class A {{ public static object Make() => {replacement}; }}\n"));
    }

    [GeneratedRegex(@"(?m)^    dotnet run -c Release --project Engine\.Migration -- (.*)$")]
    private static partial Regex CommandPattern();
}
