using System.Collections.Concurrent;

namespace Engine.Tests.CommandLines;

/// <summary>
/// Every command line of the project, run as a process with each argument missing, empty, huge, unreadable and repeated, and with
/// its output full, closed and not read: it ends, with an exit code that is documented and a line that says why, and leaves
/// alone what it was given.
/// </summary>
[Category("Process")]
[Parallelizable]
public sealed class CommandLineMatrixTests
{
    // The other commands that measure have the same options.
    private static readonly string[] InFull = ["bus", "gate"];

    private static IEnumerable<TestCaseData> Commands =>
        from tool in ToolUnderTest.All
        from command in tool.Commands
        select new TestCaseData(tool.Name, command.Name);

    private static IEnumerable<string> Tools => ToolUnderTest.All.Select(static tool => tool.Name);

    [TestCaseSource(nameof(Commands))]
    public void Bad_arguments_end_with_a_line_and_an_exit_code(string tool, string command) =>
        Try(tool, command, isShort: tool == ToolUnderTest.Bench.Name && !InFull.Contains(command));

    [TestCaseSource(nameof(Commands)), Explicit("Runs for minutes."), Category("Soak")]
    public void Soak_bad_arguments(string tool, string command) => Try(tool, command, isShort: false);

    [TestCaseSource(nameof(Tools))]
    public void Output_that_cannot_be_written_ends_with_a_line_and_an_exit_code(string tool) => RunAll([.. OutputCases.Of(Find(tool))]);

    [TestCaseSource(nameof(Tools))]
    public void What_is_known_of_an_option_is_known_of_one_that_there_is(string name)
    {
        ToolUnderTest tool = Find(name);
        IEnumerable<string> there = tool.Commands.SelectMany(static command =>
            command.Command.Options.Select(static option => option.Name)
                .Concat(command.Command.Arguments.Select(static argument => argument.Name)));
        Assert.That(tool.Samples.Keys, Is.SubsetOf(there));
        Assert.That(tool.Blockers.Keys, Is.EquivalentTo(tool.Commands.Select(static command => command.Name)));
    }

    private static void Try(string tool, string command, bool isShort)
    {
        ToolUnderTest found = Find(tool);
        RunAll([.. ArgumentCases.Of(found, found.Commands.Single(known => known.Name == command), isShort)]);
    }

    private static ToolUnderTest Find(string name) => ToolUnderTest.All.Single(tool => tool.Name == name);

    private static void RunAll(ToolCase[] cases)
    {
        Assert.That(cases, Is.Not.Empty);
        var faults = new ConcurrentQueue<string>();
        Parallel.ForEach(cases, new ParallelOptions { MaxDegreeOfParallelism = 2 }, one =>
        {
            if (one.Run() is string fault)
                faults.Enqueue(fault);
        });
        TestContext.Out.WriteLine($"{cases.Length} command lines");
        Assert.That(faults, Is.Empty, string.Join('\n', faults));
    }
}
