using System.Text.Json;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.EventPipe;
using Microsoft.Diagnostics.Tracing.Stacks;
using Microsoft.Diagnostics.Tracing.StackSources;
using PerfCollectTool = Engine.PerfCollect;

namespace Engine.Tests.PerfCollect;

/// <summary>
/// One capture of the emulator from its start to its end, opened with TraceEvent, on which PerfView is built. The
/// emulator's own statistics say what the events must add up to.
/// </summary>
[Category("Process")]
[Parallelizable]
public sealed class EmulatorCaptureTests
{
    private const string Interpreter = "Engine.Emulator!Engine.Emulator.Cpu.Hart.RunSlice(";
    private const string SlowHandler = "Engine.Emulator!Engine.Emulator.Cli.SlowHandler`1";

    private string _folder = null!;
    private string _name = null!;
    private PerfCollectProcess _run = null!;
    private TraceLog _log = null!;
    private Dictionary<string, (long Dispatched, long Batches)> _statistics = null!;

    [OneTimeSetUp]
    public void Capture()
    {
        _folder = Directory.CreateTempSubdirectory("perfcollect-test-").FullName;
        _name = Path.Combine(_folder, "a name");
        string temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        string statistics = Path.Combine(_folder, "stats.json");
        _run = PerfCollectProcess.Run(
            temporary, "collect", "--output", _name, "--", "dotnet", Processes.EmulatorAssembly, "run", "--quiet", "--slow-handler",
            "vm.page-fault=500",
            "--max-instructions", "400000000", "--stats", statistics);
        Assert.That(_run.ExitCode, Is.Zero, string.Join('\n', _run.Notices));
        _log = new TraceLog(TraceLog.CreateFromEventPipeDataFile(_name + ".nettrace"));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(statistics));
        _statistics = document.RootElement.GetProperty("events").EnumerateObject()
            .Where(static type => type.Value.GetProperty("dispatched").GetInt64() > 0)
            .ToDictionary(
                static type => type.Name,
                static type => (type.Value.GetProperty("dispatched").GetInt64(), type.Value.GetProperty("batches").GetInt64()));
    }

    [OneTimeTearDown]
    public void DeleteFolder()
    {
        _log?.Dispose();
        _run?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void The_command_keeps_its_output_and_its_exit_code_is_told()
    {
        Assert.That(_run.Output, Does.StartWith("kernel: "));
        Assert.That(_run.Notices, Has.Some.Contains("the command ended with exit code 4"), "the limit was used up");
    }

    [Test]
    public void Nothing_but_the_two_files_is_left() =>
        Assert.That(Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "tmp")), Is.Empty);

    [Test]
    public void Functions_of_the_guest_have_their_names()
    {
        string[] functions = [.. _log.Events
            .Where(static item => item.ProviderName == "Engine.Emulator" && item.EventName == "GuestFunctionSampled")
            .Select(static item => (string)item.PayloadByName("function"))];
        Assert.That(functions, Does.Contain("user:checksum_main"));
        using PerfCollectProcess view = Tool("view", _name);
        string report = view.Output[view.Output.IndexOf("Hottest functions of the guest", StringComparison.Ordinal)..];
        Assert.That(report, Does.Match(@"\n +\d+\.\d % +user:checksum_main"));
    }

    [Test]
    public void Batches_are_complete_and_add_up_to_what_was_dispatched()
    {
        Assert.That(_log.EventsLost, Is.Zero);
        var seen = EngineEvents("Batch/Stop")
            .Select(static stop => (Type: (string)stop.PayloadByName("eventType"), Count: (int)stop.PayloadByName("eventCount")))
            .GroupBy(static stop => stop.Type)
            .ToDictionary(static type => type.Key, static type => (type.Sum(static stop => (long)stop.Count), type.LongCount()));
        Assert.That(seen, Is.EquivalentTo(_statistics));
    }

    [Test]
    public void Batches_of_a_lane_follow_each_other_without_a_gap()
    {
        var next = new Dictionary<(string, int), long>();
        foreach (TraceEvent start in EngineEvents("Batch/Start"))
        {
            var lane = ((string)start.PayloadByName("eventType"), (int)start.PayloadByName("producerId"));
            long first = (long)start.PayloadByName("firstSequence");
            Assert.That(first, Is.EqualTo(next.GetValueOrDefault(lane, first)), lane.ToString());
            next[lane] = first + (int)start.PayloadByName("eventCount");
        }

        Assert.That(next, Has.Count.EqualTo(_statistics.Count));
    }

    [Test]
    public void Batches_are_activities_with_start_and_stop()
    {
        var open = new HashSet<Guid>();
        int closed = 0;
        foreach (TraceEvent item in _log.Events.Where(static item => item.ProviderName == "Engine" && item.TaskName == "Batch"))
        {
            Assert.That(item.ActivityID, Is.Not.EqualTo(Guid.Empty));
            if (item.Opcode == TraceEventOpcode.Start)
            {
                Assert.That(open.Add(item.ActivityID), "an activity starts once");
            }
            else
            {
                Assert.That(open.Remove(item.ActivityID), "an activity stops after its start");
                closed++;
            }
        }

        Assert.That(open, Is.Empty);
        Assert.That(closed, Is.EqualTo(_statistics.Values.Sum(static type => type.Batches)));
    }

    [Test]
    public void The_start_of_the_engine_is_in_the_capture()
    {
        int[] eventTypes = [.. EngineEvents("EngineStarted").Select(static started => (int)started.PayloadByName("eventTypeCount"))];
        Assert.That(eventTypes, Has.Length.EqualTo(1).And.All.GreaterThanOrEqualTo(_statistics.Count));
        Assert.That(
            EngineEvents("SubscriptionAdded").Select(
                static added => $"{added.PayloadByName("subscription")} {added.PayloadByName("eventType")}"),
            Has.Member("slow vm.page-fault"));
    }

    [Test]
    public void Samples_of_the_runtime_name_interpreter_and_slow_handler()
    {
        var methods = new HashSet<string>();
        foreach (ClrThreadSampleTraceData sample in _log.Events.ByEventType<ClrThreadSampleTraceData>())
        {
            for (TraceCallStack? stack = sample.CallStack(); stack is not null; stack = stack.Caller)
                methods.Add($"{stack.CodeAddress.ModuleName}!{stack.CodeAddress.FullMethodName}");
        }

        Assert.That(methods, Has.Some.StartsWith(Interpreter).And.Some.StartsWith(SlowHandler));
    }

    [Test]
    public void Samples_of_perf_open_as_PerfView_opens_them_and_name_interpreter_and_slow_handler()
    {
        PerfOfThisMachine.Require(_run.Notices);
        var source = new LinuxPerfScriptStackSource(_name + ".trace.zip", doThreadTime: false);
        var inclusive = new Dictionary<string, int>();
        int samples = 0;
        source.ForEach(sample =>
        {
            samples++;
            var frames = new HashSet<string>();
            StackSourceCallStackIndex stack = sample.StackIndex;
            for (; stack != StackSourceCallStackIndex.Invalid; stack = source.GetCallerIndex(stack))
                frames.Add(source.GetFrameName(source.GetFrameIndex(stack), verboseName: false));
            foreach (string frame in frames)
                inclusive[frame] = inclusive.GetValueOrDefault(frame) + 1;
        });

        // The handler computes half a millisecond per page fault, of which other processes may take their part; a sample is
        // taken every millisecond of CPU time.
        long expected = _statistics["vm.page-fault"].Dispatched / 2;
        Assert.That(
            inclusive.Where(static frame => frame.Key.StartsWith(SlowHandler, StringComparison.Ordinal)).Sum(static frame => frame.Value),
            Is.InRange(expected / 10, samples), $"{samples} samples");
        Assert.That(inclusive.Where(static frame => frame.Key.StartsWith(Interpreter, StringComparison.Ordinal))
            .Sum(static frame => frame.Value), Is.Positive);
        Assert.That(inclusive.Keys, Has.Some.StartsWith("System.Private.CoreLib!"), "code compiled ahead of time");
        Assert.That(inclusive.Keys, Has.None.Contains("doublemapper"));
    }

    [Test]
    public void View_shows_methods_events_and_the_runtime_without_control_codes()
    {
        string view = Tool("view", _name, "--top", "40").Output;
        Assert.That(view, Does.Contain("Hart.RunSlice (Engine.Emulator)").And.Contain("SlowHandler.Handle").And.Contain("vm.page-fault")
            .And.Contain("Batch/Start").And.Contain("Contended locks: ").And.Contain("Stack 1: "));
        Assert.That(view.Where(static c => char.IsControl(c) && c is not '\n'), Is.Empty);
        Assert.That(view.Where(static c => c is '│' or '─'), Is.Empty, "no boxes where the output is redirected");
    }

    [Test]
    public void View_of_the_runtimes_samples_needs_no_perf()
    {
        string view = Tool("view", _name + ".nettrace", "--samples", "events", "--top", "40").Output;
        Assert.That(view, Does.Contain("at safepoints").And.Contain("SlowHandler.Handle"));
    }

    [TestCase("speedscope", ".speedscope.json", "profiles")]
    [TestCase("chromium", ".chromium.json", "traceEvents")]
    [TestCase("perfetto", ".perfetto.json", "traceEvents")]
    public void Exports_as_json_hold_every_thread(string format, string suffix, string list)
    {
        Tool("export", _name, "--format", format);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(_name + suffix));
        Assert.That(document.RootElement.GetProperty(list).GetArrayLength(), Is.GreaterThan(1));
        Assert.That(File.ReadAllText(_name + suffix), Does.Contain("SlowHandler"));
    }

    [Test]
    public void Capture_is_not_overwritten_unasked()
    {
        byte[] before = File.ReadAllBytes(_name + ".nettrace");
        using var again = PerfCollectProcess.Run(_folder, "collect", "--output", _name, "--", "true");
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Notices.Single(), Does.Contain("exists").And.Contain("--overwrite"));
        Assert.That(File.ReadAllBytes(_name + ".nettrace"), Is.EqualTo(before));
    }

    [TestCase("no-such-command", "cannot be started")]
    [TestCase("true", "no .NET host")]
    public void An_earlier_capture_stays_until_there_is_another(string command, string reason)
    {
        string name = Path.Combine(_folder, $"kept-{command}");
        string[] files = [name + ".nettrace", name + ".trace.zip", name + ".partial"];
        foreach (string file in files)
            File.WriteAllText(file, "precious");
        using var again = PerfCollectProcess.Run(_folder, "collect", "--events", "--overwrite", "--output", name, "--", command);
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Notices, Has.Some.Contains(reason));
        Assert.That(files.Select(File.ReadAllText), Has.All.EqualTo("precious"));
        Assert.That(Directory.GetFiles(_folder, $"*kept-{command}*"), Is.EquivalentTo(files));
        Assert.That(Directory.GetFiles(_folder, ".*"), Is.Empty);
    }

    [Test]
    public void A_complete_capture_replaces_the_earlier_one()
    {
        string name = Path.Combine(_folder, "replaced");
        File.WriteAllText(name + ".nettrace", "old");
        using var again = PerfCollectProcess.Run(
            _folder, "collect", "--events", "--overwrite", "--output", name, "--", "dotnet", Processes.EmulatorAssembly, "run", "--quiet");
        Assert.That(again.ExitCode, Is.Zero, string.Join('\n', again.Notices));
        Assert.That(new FileInfo(name + ".nettrace").Length, Is.GreaterThan(1_000));
        Assert.That(Directory.GetFiles(_folder, ".*"), Is.Empty);
    }

    [Test]
    public void A_file_that_breaks_off_anywhere_is_completed()
    {
        byte[] whole = File.ReadAllBytes(_name + ".nettrace");
        string cut = Path.Combine(_folder, "cut.nettrace");
        long previous = 0;
        for (int part = 1; part <= 8; part++)
        {
            File.WriteAllBytes(cut, whole[..(int)((long)whole.Length * part / 8 - (part == 8 ? 0 : part))]);
            Assert.That(PerfCollectTool.Collect.NettraceEnd.Ensure(cut));
            long events = 0;
            using (var source = new EventPipeEventSource(cut))
            {
                source.AllEvents += _ => events++;
                Assert.That(source.Process());
            }

            Assert.That(events, Is.GreaterThan(previous));
            previous = events;
        }

        Assert.That(File.ReadAllBytes(cut), Is.EqualTo(whole), "a complete file stays as it is");
    }

    // The trace hands out one object again and again, so what is wanted of it is taken while enumerating.
    private IEnumerable<TraceEvent> EngineEvents(string name) =>
        _log.Events.Where(item => item.ProviderName == "Engine" && item.EventName == name);

    private PerfCollectProcess Tool(params string[] arguments)
    {
        PerfCollectProcess tool = PerfCollectProcess.Run(_folder, arguments);
        Assert.That(tool.ExitCode, Is.Zero, string.Join('\n', tool.Notices));
        return tool;
    }
}
