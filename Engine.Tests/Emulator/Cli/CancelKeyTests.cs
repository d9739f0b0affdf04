using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cli;

/// <summary>What Ctrl+C does, as a terminal sends it.</summary>
[Category("Process"), Platform("Linux"), SupportedOSPlatform("linux")]
[Parallelizable]
public sealed partial class CancelKeyTests
{
    private const int Interrupt = 2;

    // Prints a letter, so that a test knows that it runs, and then goes on for ever.
    private static readonly uint[] Endless = [0x1000_0537, 0x0410_0593, 0x00B5_0023, 0x00A0_0593, 0x00B5_0023, 0x0000_006F];

    // A handler that takes a second for each of 16 blocks would hold the run for as long as it takes to be done with a ring of them.
    [TestCase("none", Description = "a guest that only runs")]
    [TestCase("vm.instruction", "--slow-handler", "vm.instruction=1000000", Description = "a guest stalled behind a handler")]
    public void Pressed_once_the_run_ends_in_order(string events, params string[] options)
    {
        using Process run = Start(events, options);
        Press(run);
        string output = ReadUntilExit(run);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(130));
            Assert.That(output, Does.Contain("cancelled after"));
            if (options.Length > 0)
                Assert.That(output, Does.Contain("not dispatched when the engine stopped"));
        });
    }

    [Test]
    public void Pressed_again_it_ends_at_once_and_still_says_what_was_left()
    {
        using Process run = Start("vm.instruction", "--slow-handler", "vm.instruction=1000000");
        Press(run);
        Press(run);
        string output = ReadUntilExit(run);
        Assert.That(run.ExitCode, Is.EqualTo(130));
        Assert.That(output, Does.Contain("cancelled after").And.Contain("not dispatched when the engine stopped"));
    }

    private static Process Start(string events, params string[] options)
    {
        string folder = Directory.CreateTempSubdirectory("engine-cli-").FullName;
        string image = Path.Combine(folder, "endless.bin");
        File.WriteAllBytes(image, [.. Endless.SelectMany(BitConverter.GetBytes)]);
        string assembly = Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll");
        string[] arguments = [assembly, "run", "--load", image + "@0x80000000", "--events", events, .. options];
        // Whoever started the tests in the background may have had SIGINT ignored; that is inherited, and Ctrl+C would do nothing.
        Process process = Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Assert.That(process.StandardOutput.ReadLine(), Is.EqualTo("A"), "it runs");
        Directory.Delete(folder, recursive: true);
        return process;
    }

    // One that ends of an earlier signal may have gone before this one is sent.
    private static void Press(Process process) =>
        Assert.That(Kill(process.Id, Interrupt) == 0 || process.WaitForExit(Eventually.HangGuard), Is.True);

    private static string ReadUntilExit(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        bool ended = output.Wait(Eventually.HangGuard) && process.WaitForExit(Eventually.HangGuard);
        if (!ended)
            process.Kill();
        Assert.That(ended, Is.True, "The emulator did not end.");
        return output.Result;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
