using System.Diagnostics;
using System.Text.Json;
using Engine.Tests.Support;

namespace Engine.Tests.Migration;

/// <summary>The tool as a user runs it.</summary>
[Category("Process")]
[Parallelizable]
public class MigrationProcessTests
{
    [Test]
    public void Check_migrate_and_check_again()
    {
        using SourceFolder folder = Samples.Shop();
        string json = Path.Combine(folder.Root, "findings.json");
        (int exitCode, string output, string error) = Run(folder.Root, "check", ".", "--json", json);
        Assert.That((exitCode, error), Is.EqualTo((1, "")));
        Assert.That(output, Does.Contain("Service.cs(5,29): ENGM002 type of a bus: DomainEventBus\n    -> EventBus\n")
            .And.EndsWith("13 findings in 3 files: 13 by \"migrate\", 0 by hand\n"));
        using (JsonDocument document = JsonDocument.Parse(File.ReadAllText(json)))
            Assert.That(document.RootElement.GetProperty("findings").GetArrayLength(), Is.EqualTo(13));
        File.Delete(json);

        Dictionary<string, string> before = folder.Snapshot();
        (exitCode, output, _) = Run(folder.Root, "migrate", ".");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output,
            Does.Contain("--- a/Program.cs\n+++ b/Program.cs\n@@ -1,4 +1,4 @@\n-using Engine.Compatibility;\n+using Engine.Bus;\n"));
        Assert.That(folder.Snapshot(), Is.EqualTo(before));

        (exitCode, output, error) = Run(folder.Root, "migrate", ".", "--write");
        Assert.That((exitCode, error), Is.EqualTo((0, "")));
        Assert.That(output, Does.EndWith("3 files rewritten, 0 findings left to do by hand\n"));
        Assert.That(folder.Run(), Is.EqualTo(Samples.Result));

        Assert.That(Run(folder.Root, "check", "."), Is.EqualTo((0, "0 findings in 0 files: 0 by \"migrate\", 0 by hand\n", "")));
    }

    [Test]
    public void The_differences_are_what_patch_takes()
    {
        using SourceFolder folder = Samples.Shop();
        string output = Run(folder.Root, "migrate", ".").Output;
        string patch = folder.Add("changes.patch", output[..output.LastIndexOf('\n', output.Length - 2)] + "\n");
        (int exitCode, string message, string error) = Start("git", folder.Root, "apply", patch);
        Assert.That(exitCode, Is.Zero, message + error);
        Assert.That(folder.Run(), Is.EqualTo(Samples.Result));
        Assert.That(folder.Plan().Findings, Is.Empty);
    }

    [Test]
    public void Excluded_files_are_left()
    {
        using SourceFolder folder = Samples.Shop();
        (int exitCode, string output, _) = Run(folder.Root, "check", ".", "--exclude", "S*.cs");
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.Not.Contain("Service.cs(").And.Contain("Event.cs("));
    }

    [TestCase("check")]
    [TestCase("check", "/nonexistent")]
    [TestCase("migrate", ".", "--frobnicate")]
    [TestCase("walk", ".")]
    public void Bad_use_is_one_line_and_exit_code_2(params string[] arguments)
    {
        using var folder = new SourceFolder();
        (int exitCode, string output, string error) = Run(folder.Root, arguments);
        Assert.That((exitCode, output), Is.EqualTo((2, "")));
        Assert.That(error.TrimEnd('\n').Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error, Does.StartWith("engine-migration: "));
    }

    [Test]
    public void A_file_that_cannot_be_written_is_exit_code_2()
    {
        using SourceFolder folder = Samples.Shop();
        File.SetAttributes(Path.Combine(folder.Root, "Service.cs"), FileAttributes.ReadOnly);
        (int exitCode, _, string error) = Run(folder.Root, "migrate", ".", "--write");
        Assert.That(exitCode, Is.EqualTo(2));
        Assert.That(error, Does.Contain("engine-migration: Service.cs stays as it is: it cannot be written\n"));
    }

    private static (int ExitCode, string Output, string Error) Run(string folder, params string[] arguments) =>
        Start("dotnet", folder, [Path.Combine(AppContext.BaseDirectory, "Engine.Migration.dll"), .. arguments]);

    private static (int ExitCode, string Output, string Error) Start(string program, string folder, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(2 * Eventually.HangGuard))
        {
            process.Kill();
            Assert.Fail($"did not end: {string.Join(' ', arguments)}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }
}
