using System.CommandLine;
using Engine.Bench.Reporting;

namespace Engine.Tests.Bench.Reporting;

public class CommandLineTextTests
{
    [TestCase("quick --docs --json /somewhere/f.json", "quick --docs")]
    [TestCase("quick --json=/somewhere/f.json --docs", "quick --docs")]
    [TestCase("quick", "quick")]
    public void The_command_to_type_again_names_no_file_of_this_machine(string typed, string expected)
    {
        var root = new RootCommand
        {
            new Command("quick") { ReportFiles.CreateJsonOption(), ReportFiles.CreateDocsOption() },
        };
        Assert.That(
            MeasuringCommand.CommandLine(root.Parse(typed.Split(' '))),
            Is.EqualTo("dotnet run -c Release --project Engine.Bench -- " + expected));
    }
}
