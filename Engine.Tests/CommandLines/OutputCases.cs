namespace Engine.Tests.CommandLines;

/// <summary>Makes runs of the programs with standard streams that are full, closed or not read, and without a temporary folder.</summary>
internal static class OutputCases
{
    private const int ReaderGone = 141;

    /// <summary>The runs that are tried: command lines that are right, and whether they print anything on standard output.</summary>
    private static IEnumerable<(ToolUnderTest Tool, string[] Arguments, int ExitCode, bool Prints)> Runs =>
    [
        .. ToolUnderTest.All.Select(static tool => (tool, new[] { "--help" }, 0, true)),
        (ToolUnderTest.Emulator, ["run", "--load", ToolFolder.ExitingGuest], 0, true),
        (ToolUnderTest.Emulator, ["run", "--load", ToolFolder.ExitingGuest, "--quiet", "--stats", "stats.json"], 0, false),
        (ToolUnderTest.Emulator, ["replay", ToolFolder.Journal], 0, true),
        (ToolUnderTest.Emulator, ["journal", "verify", ToolFolder.Journal], 0, true),
        (ToolUnderTest.Emulator, ["journal", "dump", ToolFolder.Journal], 0, true),
        (ToolUnderTest.Migration, ["migrate", ToolFolder.Sources], 1, true),
        (ToolUnderTest.PerfCollect, ["view", ToolFolder.Capture], 0, true),
        (ToolUnderTest.PerfCollect, ["export", ToolFolder.Capture, "--format", "flamegraph"], 0, false),
    ];

    public static IEnumerable<ToolCase> Of(ToolUnderTest wanted)
    {
        foreach ((ToolUnderTest tool, string[] arguments, int exitCode, bool prints) in Runs.Where(run => run.Tool == wanted))
        {
            int failure = prints ? tool.FailureCode : exitCode;
            yield return Case("as it should be", "exec \"$@\"", exitCode);
            yield return Case("output full", "exec \"$@\" >/dev/full", failure);
            yield return Case("output closed", "exec \"$@\" >&-", failure, tool.FailureCode);
            yield return Case("piped into head", "\"$@\" | head -1; exit ${PIPESTATUS[0]}", exitCode,
                tool == ToolUnderTest.Emulator ? ReaderGone : exitCode);
            yield return Case("piped into nobody", "\"$@\" | true; exit ${PIPESTATUS[0]}", exitCode,
                tool == ToolUnderTest.Emulator ? ReaderGone : exitCode);
            yield return Case("errors full", "exec \"$@\" 2>/dev/full", exitCode);
            yield return Case("errors closed", "exec \"$@\" 2>&-", exitCode);
            yield return Case("all closed", "exec \"$@\" <&- >&- 2>&-", failure, tool.FailureCode) with { HasError = false };
            yield return Case("input closed", "exec \"$@\" <&-", exitCode);
            yield return Case("no temporary folder", "exec \"$@\"", exitCode) with { TemporaryFolder = "/nonexistent" };

            ToolCase Case(string what, string shell, params int[] exitCodes) =>
                new(tool, $"{string.Join(' ', arguments)}, {what}", arguments, exitCodes) { Shell = shell };
        }

        if (wanted == ToolUnderTest.Emulator)
        {
            yield return new ToolCase(
                wanted, "a guest without end that nobody reads", ["run", "--load", ToolFolder.PrintingGuest, "--quiet"], [ReaderGone])
            {
                Shell = "\"$@\" | head -1; exit ${PIPESTATUS[0]}",
            };
        }

        // What measures for minutes says at once that nobody will see it.
        if (wanted == ToolUnderTest.Bench)
        {
            foreach (string command in wanted.Commands.Select(static command => command.Name))
                yield return new ToolCase(wanted, $"{command}, output closed", command.Split(' '), [2]) { Shell = "exec \"$@\" >&-" };
        }
    }
}
