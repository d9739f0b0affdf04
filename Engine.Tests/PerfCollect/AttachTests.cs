using System.Diagnostics;
using Engine.Tests.Support;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.StackSources;

namespace Engine.Tests.PerfCollect;

/// <summary>Captures of processes that run already, and all the ways in which they end.</summary>
[Category("Process")]
[Parallelizable]
public sealed class AttachTests
{
    private string _folder = null!;
    private string _temporary = null!;
    private string _name = null!;

    [SetUp]
    public void CreateFolder()
    {
        _folder = Directory.CreateTempSubdirectory("perfcollect-test-").FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        _name = Path.Combine(_folder, "capture");
    }

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Ctrl_C_leaves_complete_files_and_a_running_process_without_its_perf_map()
    {
        Process emulator = Processes.StartLongEmulator(_temporary);
        int emulatorId = emulator.Id;
        using PerfCollectProcess tool = Attach(emulator, null);
        tool.WaitUntilCollecting();
        WaitForCpuTime(emulator, TimeSpan.FromMilliseconds(500));
        tool.Interrupt();
        tool.WaitForExit();
        bool stillRuns = !emulator.HasExited;
        Processes.End(emulator);

        Assert.That(tool.ExitCode, Is.Zero, string.Join('\n', tool.Notices));
        Assert.That(stillRuns);
        Assert.That(EventsIn(_name), Is.Positive);
        AssertNothingIsLeft(emulatorId);
        PerfOfThisMachine.Require(tool.Notices);
        Assert.That(FramesIn(_name), Has.Some.StartsWith("Engine.Emulator!Engine.Emulator.Cli.SlowHandler`1"), "names without a restart");
    }

    [Test]
    public void The_end_of_the_process_ends_the_capture()
    {
        Process emulator = Processes.StartLongEmulator(_temporary);
        int emulatorId = emulator.Id;
        using PerfCollectProcess tool = Attach(emulator, null);
        tool.WaitUntilCollecting();
        WaitForCpuTime(emulator, TimeSpan.FromMilliseconds(500));
        Eventually.IsTrue(() => new FileInfo(_name + ".nettrace").Length > 65_536);
        Processes.End(emulator);
        tool.WaitForExit();

        Assert.That(tool.ExitCode, Is.Zero, string.Join('\n', tool.Notices));
        Assert.That(EventsIn(_name), Is.Positive);
        AssertNothingIsLeft(emulatorId);
        PerfOfThisMachine.Require(tool.Notices);
        Assert.That(FramesIn(_name), Has.Some.StartsWith("Engine.Emulator!Engine.Emulator.Cli.SlowHandler`1"),
            "names though the process was killed");
    }

    [Test]
    public void Without_perf_the_events_are_captured_and_the_rest_is_said_in_one_line()
    {
        Process emulator = Processes.StartLongEmulator(_temporary);
        using PerfCollectProcess tool = Attach(emulator, PathWithoutPerf(), "--seconds", "1");
        tool.WaitForExit();
        Processes.End(emulator);

        Assert.That(tool.ExitCode, Is.Zero, string.Join('\n', tool.Notices));
        Assert.That(tool.Notices, Has.Exactly(1).Contains("no CPU samples: perf is not on PATH; install it"));
        Assert.That(EventsIn(_name), Is.Positive);
        Assert.That(File.Exists(_name + ".trace.zip"), Is.False);
    }

    [Test]
    public void Without_perf_cpu_samples_alone_fail()
    {
        Process emulator = Processes.StartLongEmulator(_temporary);
        using PerfCollectProcess tool = Attach(emulator, PathWithoutPerf(), "--cpu");
        tool.WaitForExit();
        Processes.End(emulator);
        AssertFails(tool, "perf is not on PATH; install it");
    }

    [Test]
    public void Events_of_a_process_that_is_no_host_fail()
    {
        using Process sleep = Process.Start("sleep", "100000");
        using PerfCollectProcess tool = Attach(sleep, null, "--events");
        tool.WaitForExit();
        sleep.Kill();
        AssertFails(tool, "is no .NET host");
    }

    [Test]
    public void A_socket_left_behind_by_a_host_with_the_same_number_makes_no_host()
    {
        using Process sleep = Process.Start("sleep", "100000");
        File.WriteAllText(Path.Combine(_temporary, $"dotnet-diagnostic-{sleep.Id}-1-socket"), string.Empty);
        using PerfCollectProcess tool = Attach(sleep, null, "--events");
        tool.WaitForExit();
        sleep.Kill();
        AssertFails(tool, "is no .NET host");
    }

    [Test]
    public void A_process_that_is_not_there_fails()
    {
        using Process gone = Process.Start("true");
        gone.WaitForExit();
        using PerfCollectProcess tool = Attach(gone, null);
        tool.WaitForExit();
        AssertFails(tool, $"there is no process {gone.Id}");
    }

    [Test]
    public void An_output_that_cannot_be_written_fails_before_anything_is_started()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, string.Empty);
        using PerfCollectProcess tool = PerfCollectProcess.Run(
            _temporary, "collect", "--output", Path.Combine(file, "x"), "--", "touch", Path.Combine(_folder, "started"));
        AssertFails(tool, "files cannot be written there");
        Assert.That(File.Exists(Path.Combine(_folder, "started")), Is.False);
    }

    [Test]
    public void A_command_that_cannot_be_started_fails()
    {
        using PerfCollectProcess tool = PerfCollectProcess.Run(_temporary, "collect", "--output", _name, "--", "no-such-program");
        AssertFails(tool, "no-such-program cannot be started");
    }

    [Test]
    public void A_script_that_starts_a_host_is_profiled_through_to_it()
    {
        using PerfCollectProcess tool = PerfCollectProcess.Run(
            _temporary, "collect", "--events", "--output", _name, "--", "sh", "-c",
            $"true; dotnet '{Processes.EmulatorAssembly}' run --quiet --max-instructions 1000000; dotnet '{Processes.EmulatorAssembly}' " +
            $"run --quiet --max-instructions 1000000; exit 5");
        Assert.That(tool.ExitCode, Is.Zero, string.Join('\n', tool.Notices));
        Assert.That(tool.Notices, Has.Some.Contains("the command ended with exit code 5"));
        Assert.That(EventsIn(_name), Is.Positive);
    }

    [TestCase("collect", "either --pid N or -- COMMAND")]
    [TestCase("collect", "--pid", "1", "--", "true", "either --pid N or -- COMMAND")]
    [TestCase("collect", "--pid", "-3", "not the id of a process")]
    [TestCase("collect", "--pid", "x", "x")]
    [TestCase("collect", "--seconds", "0", "--pid", "1", "--seconds: 0 is not")]
    [TestCase("collect", "--output", "folder/", "--", "true", "no name for a capture")]
    [TestCase("collect", "--frobnicate", "unknown option --frobnicate")]
    [TestCase("collect", "--", "dotnet", "run", "starts the program as another process")]
    [TestCase("view", "'view'")]
    [TestCase("view", "x", "--samples", "some", "neither cpu nor events")]
    [TestCase("export", "x", "--format", "pdf", "is none of speedscope, chromium, perfetto, flamegraph")]
    [TestCase("walk", "walk is no command")]
    public void Bad_use_is_one_line_and_exit_code_2(params string[] argumentsAndMessage)
    {
        using PerfCollectProcess tool = PerfCollectProcess.Run(_temporary, argumentsAndMessage[..^1]);
        Assert.That(tool.ExitCode, Is.EqualTo(2), tool.Output);
        Assert.That(tool.Notices, Has.Count.EqualTo(1));
        Assert.That(tool.Notices.Single(), Does.StartWith("perfcollect: ").And.Contain(argumentsAndMessage[^1]));
    }

    [Test]
    public void Files_that_are_not_there_or_not_captures_fail()
    {
        File.WriteAllText(_name + ".nettrace", "no trace");
        using PerfCollectProcess missing = PerfCollectProcess.Run(_temporary, "view", _name + "-missing");
        using PerfCollectProcess foreign = PerfCollectProcess.Run(_temporary, "view", _name);
        AssertFails(missing, "there is neither");
        AssertFails(foreign, "cannot be read");
    }

    private PerfCollectProcess Attach(Process target, string? path, params string[] options) => PerfCollectProcess.Start(
        _temporary, path, ["collect", "--pid", $"{target.Id}", "--output", _name, .. options]);

    // Runtimes write their perf maps into /tmp, whatever their temporary folder is.
    private void AssertNothingIsLeft(int processId)
    {
        Assert.That(Directory.EnumerateFileSystemEntries(_temporary, "perf*"), Is.Empty);
        Assert.That(Directory.EnumerateFiles("/tmp", $"perf*-{processId}.map"), Is.Empty);
    }

    private static void AssertFails(PerfCollectProcess tool, string message)
    {
        Assert.That(tool.ExitCode, Is.EqualTo(1), string.Join('\n', tool.Notices));
        Assert.That(tool.Notices, Has.Count.EqualTo(1));
        Assert.That(tool.Notices.Single(), Does.StartWith("perfcollect: ").And.Contain(message));
    }

    private static void WaitForCpuTime(Process process, TimeSpan more)
    {
        TimeSpan enough = process.TotalProcessorTime + more;
        Eventually.IsTrue(() =>
        {
            process.Refresh();
            return process.TotalProcessorTime > enough;
        });
    }

    private static int EventsIn(string name)
    {
        using var log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(name + ".nettrace"));
        return log.EventCount;
    }

    private static HashSet<string> FramesIn(string name)
    {
        var source = new LinuxPerfScriptStackSource(name + ".trace.zip", doThreadTime: false);
        return [.. Enumerable.Range(0, source.CallFrameIndexLimit)
            .Select(index => source.GetFrameName((Microsoft.Diagnostics.Tracing.Stacks.StackSourceFrameIndex)index, false))];
    }

    private string PathWithoutPerf() => Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
}
