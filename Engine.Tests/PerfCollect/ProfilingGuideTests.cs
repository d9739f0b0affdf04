using System.Diagnostics;
using System.Text.RegularExpressions;
using Engine.Tests.Architecture;
using Engine.Tests.Support;

namespace Engine.Tests.PerfCollect;

/// <summary>Runs the commands of <c>docs/profiling.md</c> word for word, where a comment says that they run.</summary>
[Category("Process")]
[Parallelizable]
public sealed partial class ProfilingGuideTests
{
    [Test]
    public void Commands_find_the_slow_handler_and_draw_it()
    {
        string guide = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "profiling.md"));
        string[] commands = [.. CommandPattern().Matches(guide).Select(static match => match.Groups["commands"].Value)];
        Assert.That(commands, Has.Length.EqualTo(5));
        try
        {
            string view = string.Empty;
            foreach (string command in commands)
            {
                string output = Run(command);
                if (command.Contains(" view ", StringComparison.Ordinal))
                    view = output;
            }

            Assert.That(view, Does.Contain("SlowHandler.Handle").And.Contain("vm.page-fault").And.Contain("Stalls, losses"));
            Assert.That(File.ReadAllText(Path.Combine(SourceTree.Root, "slow.svg")), Does.Contain("SlowHandler.Handle"));
        }
        finally
        {
            foreach (string file in Directory.EnumerateFiles(SourceTree.Root, "slow.*"))
                File.Delete(file);
        }
    }

    [Test]
    public void The_picture_in_the_guide_is_made_by_its_commands()
    {
        string picture = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "images", "slow.svg"));
        Assert.That(picture, Does.Contain(">slow</text>").And.Contain("SlowHandler.Handle").And.Contain("engine-dispatch"));
    }

    private static string Run(string commands)
    {
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", commands])
        {
            WorkingDirectory = SourceTree.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        shell.StandardInput.Close();
        Task<string> output = shell.StandardOutput.ReadToEndAsync();
        Task<string> errors = shell.StandardError.ReadToEndAsync();
        if (!shell.WaitForExit(2 * Eventually.HangGuard))
        {
            shell.Kill(entireProcessTree: true);
            Assert.Fail($"did not end: {commands}");
        }

        Assert.That(shell.ExitCode, Is.Zero, $"{commands}\n{output.Result}\n{errors.Result}");
        return output.Result;
    }

    [GeneratedRegex(@"<!-- runs -->\s*```sh\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CommandPattern();
}
