using System.Diagnostics;
using Engine.Bench.Support;
using Engine.Tests.Support;

namespace Engine.Tests.Bench.Support;

/// <summary>What a run has started ends with it, however that ends.</summary>
[TestFixture, Category("Process")]
[Parallelizable]
internal sealed class SelfProcessTests
{
    [Test]
    public void A_victim_ends_when_its_starter_does()
    {
        using var folder = new TemporaryFolder();
        using Process victim = SelfProcess.Start("chaos-child", "journal", folder.PathOf("journal"), "1", "none", "0");
        Assert.That(victim.StandardOutput.ReadLine(), Is.Not.Null);
        // As the system does for a process that is killed.
        victim.StandardInput.Close();
        // What it has said before that.
        victim.StandardOutput.ReadToEnd();
        Eventually.IsTrue(() => victim.HasExited);
    }

    [TestCase("chaos", "cluster", "--filter", "one-node", "--kills", "1000")]
    [TestCase("chaos", "cluster", "--filter", "rabbitmq-three-nodes", "--kills", "1000")]
    [TestCase("chaos", "cluster", "--filter", "full-disk", "--kills", "1000")]
    [TestCase("chaos", "storage", "--filter", "journal-killed", "--kills", "10000")]
    [TestCase("chaos", "storage", "--filter", "journal-small-disk", "--kills", "10000")]
    [TestCase("chaos", "storage", "--filter", "postgresql-killed", "--kills", "10000")]
    [Explicit("Runs for minutes."), Category("Soak"), Platform("Linux")]
    public void Soak_nothing_stays_of_a_run_that_is_killed(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string place = Directory.CreateDirectory(folder.PathOf("run")).FullName;
        using Process run = Process.Start(
            new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Engine.Bench.dll"), .. arguments])
            {
                // What it has made is told from all else by its place.
                Environment = { ["TMPDIR"] = place },
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;
        Eventually.IsTrue(() => CountOf(place) > 1);
        Thread.Sleep(TimeSpan.FromSeconds(10));
        Assert.That(run.HasExited, Is.False);
        run.Kill();
        run.WaitForExit();
        Eventually.IsTrue(() => CountOf(place) == 0);
        Eventually.IsTrue(() => !File.ReadAllText("/proc/mounts").Contains(place));
    }

    // Whatever it was that has started them, they have its variables.
    private static int CountOf(string place) => Process.GetProcesses().Count(process =>
    {
        using (process)
        {
            try
            {
                return File.ReadAllText($"/proc/{process.Id}/environ").Contains($"TMPDIR={place}");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    });
}
